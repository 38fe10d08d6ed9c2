/** The package schema: what languages, the engine and policies know about the resources. */

import type { Properties } from "../resource-properties.ts";
import { SENTINEL } from "../unknowns.ts";

/** The parts of Pulumi's schema format that the provider itself reads. */
export interface SchemaDocument {
  readonly name: string;
  readonly resources: Readonly<
    Record<
      string,
      {
        readonly inputProperties: Readonly<Record<string, unknown>>;
        readonly properties: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

export interface PackageSchema {
  readonly version: string;
  /** The whole document, as `GetSchema` returns it. */
  readonly text: string;
  /** Without the facts of an earlier check, which come back at an import. */
  argumentsIn(kind: string, inputs: Properties): Record<string, unknown>;
  /** Outputs that an update in place leaves as they are. */
  stable(kind: string): readonly string[];
  /**
   * Outputs as far as a preview knows them: inputs and facts; of an update also what stays as it is.
   *
   * @param before the state; undefined for a create
   */
  plannedOutputs(kind: string, inputs: Properties, before: Properties | undefined): Record<string, unknown>;
}

export function createPackageSchema(
  document: SchemaDocument,
  version: string,
  stableOf: (kind: string) => readonly string[],
): PackageSchema {
  function computedOf(kind: string): readonly string[] {
    const { properties = {}, inputProperties = {} } = document.resources[`${document.name}:index:${kind}`] ?? {};
    return Object.keys(properties).filter((name) => !(name in inputProperties));
  }
  return {
    version,
    text: JSON.stringify({ ...document, version }),
    stable: stableOf,
    argumentsIn(kind, inputs) {
      const computed = computedOf(kind);
      return Object.fromEntries(Object.entries(inputs).filter(([name]) => !computed.includes(name)));
    },
    plannedOutputs(kind, inputs, before) {
      const stable = before === undefined ? [] : stableOf(kind);
      const planned = computedOf(kind)
        .filter((name) => !(name in inputs))
        .map((name) => [name, stable.includes(name) ? before?.[name] : SENTINEL]);
      return { ...inputs, ...Object.fromEntries(planned) };
    },
  };
}
