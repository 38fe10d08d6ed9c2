/**
 * Makes a value safe for the engine's protocol. `undefined`, functions, bigints, buffers and frozen objects would lose
 * the resource after it was created ("Unexpected struct type."; docs/pulumi-engine.md 1.7), so this copies the value
 * and never throws.
 */
export function jsonClean(value: unknown): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Map) return jsonClean(Object.fromEntries(value));
  if (value instanceof Set) return jsonClean([...value]);
  if (Array.isArray(value)) return value.map((item) => jsonClean(item) ?? null);
  if (typeof value === "object") return cleanObject(value);
  return undefined;
}

export function cleanObject(value: object): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const item = jsonClean(inner);
    if (item !== undefined) clean[key] = item;
  }
  return clean;
}
