/** Which properties a change affects, path by path, as `--diff` and the policies of a stack show them. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { Properties } from "../resource-properties.ts";

export interface PathChange {
  /** Path in the engine's notation: `timeouts.create`, `dnsNames[0]`, `headers["x.y"]`. */
  readonly path: string;
  readonly kind: "add" | "update" | "delete";
  /** Property of the resource that contains the path. */
  readonly property: string;
}

/** Every path at which the inputs differ; both are the engine's, unknowns included. */
export function changedPaths(before: Properties, after: Properties): PathChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => !name.startsWith("__"))
    .sort()
    .flatMap((name) => compare({ path: name, property: name }, before[name], after[name]));
}

function compare(
  at: { readonly path: string; readonly property: string },
  before: unknown,
  after: unknown,
): PathChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isAbsent(before) || isAbsent(after)) {
    if (isAbsent(before) && isAbsent(after)) return [];
    return [{ ...at, kind: isAbsent(before) ? "add" : "delete" }];
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const longest = Math.max(before.length, after.length);
    return Array.from({ length: longest }, (_, index) => index).flatMap((index) =>
      compare({ ...at, path: `${at.path}[${index}]` }, before[index], after[index]),
    );
  }
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    // A path with a backslash is none that the engine can parse.
    if (keys.some((key) => key.includes("\\"))) return [{ ...at, kind: "update" }];
    return keys.flatMap((key) => compare({ ...at, path: `${at.path}${step(key)}` }, before[key], after[key]));
  }
  return [{ ...at, kind: "update" }];
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function step(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `["${key.replaceAll('"', '\\"')}"]`;
}
