import { kindOfType } from "../../../provider/core/resource-type.ts";
import type { ExportedState } from "./stack.ts";

/**
 * The size of this package's resources in a state. Pulumi's SDKs add where each resource is declared: its position
 * and stack trace, which depend on the program (0.4 KB in Node, 1.4 KB in YAML). They are counted separately.
 */
export function sizeOfState({ deployment }: ExportedState) {
  const own = (deployment.resources ?? []).filter(({ type }) => kindOfType(type) !== undefined);
  const size = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
  const bare = own.map((one) => ({ ...one, sourcePosition: undefined, stackTrace: undefined }));
  return {
    resources: bare.map((one) => `${one.type.split(":").at(-1)} ${size(one)}`).join(", "),
    bytes: size(bare),
    stackTraces: size(own) - size(bare),
  };
}
