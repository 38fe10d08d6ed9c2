/** Compares outputs with the package schema: SDKs in typed languages reject an output of another type as a whole. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ROOT } from "../engine/dynamic-process.ts";

interface ObjectSpec {
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

interface Schema {
  readonly types: Readonly<Record<string, object>>;
  readonly resources: Readonly<Record<string, ObjectSpec>>;
}

/** @param token "qwilt:index:Site" @returns what is wrong, one line per output; more outputs than declared are allowed */
export function wrongOutputs(token: string, outputs: Readonly<Record<string, unknown>>): string[] {
  const { types, resources } = JSON.parse(readFileSync(join(ROOT, "dist/plugin/schema.json"), "utf8")) as Schema;
  const spec = resources[token];
  if (spec === undefined) return [`the schema has no ${token}`];
  const { properties, required = [] } = spec;
  const document = { type: "object", properties, required, $defs: types };
  const judged = z.fromJSONSchema(asJsonSchema(document) as Parameters<typeof z.fromJSONSchema>[0]);
  // An optional output without a value is null on the wire.
  const given = JSON.parse(JSON.stringify(outputs, (_, value: unknown) => value ?? undefined)) as unknown;
  const { error } = judged.safeParse(given);
  return (error?.issues ?? []).map(({ path, message }) => `${token} ${path.join(".")}: ${message}`);
}

/** Pulumi's references and its type for anything, in JSON Schema; secrets and descriptions do not matter here. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (value === null || typeof value !== "object") return value;
  const reference: unknown = Reflect.get(value, "$ref");
  if (reference === "pulumi.json#/Any") return {};
  if (typeof reference === "string") return { $ref: reference.replace("#/types/", "#/$defs/") };
  const values: unknown = Reflect.get(value, "enum");
  if (Array.isArray(values)) return { enum: values.map((one: { readonly value: unknown }) => one.value) };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asJsonSchema(inner)]));
}
