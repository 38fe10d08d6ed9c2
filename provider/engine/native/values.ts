/**
 * Values of Pulumi's provider protocol and plain ones. A reference to a resource stays an envelope. Inputs arrive without secret envelopes, since the provider does
 * not accept them: the engine then marks an output as secret where the input of the same name is one. Configuration can
 * arrive in envelopes all the same, before the engine knows what the provider accepts.
 */
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { cleanObject } from "../json-clean.ts";
import type { Properties } from "../resource-properties.ts";

/** Marks an object as an envelope (sdk/go/common/resource/properties.go, SigKey). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e";

export function toProperties(struct: Struct | undefined): Record<string, unknown> {
  const plain: Readonly<Record<string, unknown>> = struct?.toJavaScript() ?? {};
  return Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, withoutEnvelopes(value)]));
}

export interface ResourceReference {
  readonly urn: string;
  /** "", or unknown, while the resource does not exist. */
  readonly id: string;
}

export function referenceIn(value: unknown): ResourceReference | undefined {
  if (value === null || typeof value !== "object" || Reflect.get(value, SIGNATURE) !== REFERENCE) return undefined;
  const [urn, id]: unknown[] = [Reflect.get(value, "urn"), Reflect.get(value, "id")];
  return typeof urn === "string" ? { urn, id: typeof id === "string" ? id : "" } : undefined;
}

export function toStruct(properties: Properties): Struct {
  // cleanObject leaves nothing but JSON.
  return Struct.fromJavaScript(cleanObject(properties) as Record<string, JavaScriptValue>);
}

function withoutEnvelopes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEnvelopes);
  if (value === null || typeof value !== "object") return value;
  if (Reflect.get(value, SIGNATURE) === SECRET) return withoutEnvelopes(Reflect.get(value, "value"));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutEnvelopes(inner)]));
}
