/**
 * Validates inputs that may contain unknowns with zod: reports all findings at once, each on its property, and none
 * about an unknown.
 */
import type { z } from "zod";
import { type Failure, UNKNOWN } from "../run/lifecycle.ts";
import { containsUnknown } from "./unknowns.ts";
import { describeIssue, nearest } from "./validation-messages.ts";

export interface Validated {
  /** Parsed values; UNKNOWN for a property that contains an unknown anywhere, or is invalid. */
  readonly known: Record<string, unknown>;
  readonly failures: Failure[];
}

export function validateArgs(schema: z.ZodObject, args: Readonly<Record<string, unknown>>): Validated {
  const known: Record<string, unknown> = {};
  const failures: Failure[] = [];

  for (const [property, type] of Object.entries(schema.shape)) {
    const value = args[property] ?? undefined;
    const parsed = (type as z.ZodType).safeParse(value);
    if (containsUnknown(value)) known[property] = UNKNOWN;
    else if (parsed.success && parsed.data !== undefined) known[property] = parsed.data;
    // An invalid property was still given: nothing may be reported missing because of it.
    else if (!parsed.success && value !== undefined) known[property] = UNKNOWN;
    if (parsed.success) continue;
    if (value === undefined) {
      failures.push({ property, reason: `${property} is missing.` });
      continue;
    }
    for (const issue of parsed.error.issues) {
      const wrong = valueAt(value, issue.path);
      if (containsUnknown(wrong)) continue;
      const where = [property, ...issue.path.map(String)].join(".");
      failures.push({ property, reason: `${where} ${describeIssue(issue, wrong)}.` });
    }
  }
  for (const property of Object.keys(args)) {
    if (property in schema.shape || property.startsWith("__")) continue;
    const near = nearest(property, Object.keys(schema.shape));
    const hint =
      near === undefined ? `Supported arguments: ${Object.keys(schema.shape).join(", ")}.` : `Did you mean ${near}?`;
    failures.push({ property, reason: `${property} is not an argument of this resource. ${hint}` });
  }
  return { known, failures };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (current === null || typeof current !== "object") return current;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return current;
}
