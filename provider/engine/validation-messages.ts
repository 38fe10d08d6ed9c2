/** Turns zod's findings into this provider's messages. Pure. */
import type { z } from "zod";

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** "must be text, not a number": follows the name of the property. */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return value === undefined
        ? "is missing"
        : `must be ${TYPES[issue.expected] ?? issue.expected}, not ${nameOf(value)}`;
    case "invalid_value":
      return `must be ${anyOf(issue.values.map((each) => JSON.stringify(each)))}`;
    case "too_small":
      return issue.origin === "string"
        ? "must not be empty"
        : `must be ${limit(issue.inclusive, "at least", "more than")} ${issue.minimum}`;
    case "too_big":
      return `must be ${limit(issue.inclusive, "at most", "less than")} ${issue.maximum}${unitOf(issue.origin)}`;
    case "unrecognized_keys":
      return `has ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}, which ${issue.keys.length === 1 ? "is" : "are"} not supported there`;
    case "invalid_union":
      return describeUnion(issue.errors, value);
    default:
      // The schema's own message also follows the name: "must be a certificate id, a number".
      return issue.message;
  }
}

/** If one option fits the kind of value, its message is used; otherwise all the allowed kinds are listed. */
function describeUnion(ways: readonly (readonly z.core.$ZodIssue[])[], value: unknown): string {
  const fitting = ways.filter(
    (issues) => !issues.some((issue) => issue.code === "invalid_type" && issue.path.length === 0),
  );
  const issue = fitting[0]?.[0];
  if (issue !== undefined) {
    const inner = issue.path.join(".");
    return `${inner === "" ? "" : `${inner} `}${describeIssue(issue, valueIn(value, issue.path))}`;
  }
  const expected = ways
    .flat()
    .flatMap((each) => (each.code === "invalid_type" ? [TYPES[each.expected] ?? each.expected] : []));
  return `must be ${anyOf([...new Set(expected)])}, not ${nameOf(value)}`;
}

function limit(inclusive: boolean | undefined, within: string, beyond: string): string {
  return inclusive === false ? beyond : within;
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters long";
  return origin === "array" ? " entries long" : "";
}

function anyOf(texts: readonly string[]): string {
  if (texts.length < 2) return texts.join("");
  return `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`;
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return TYPES[typeof value] ?? typeof value;
}

function valueIn(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner !== null && typeof inner === "object" ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** The known name that a mistyped one most likely means: an edit distance of at most two. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const far = known.map((name) => ({ name, steps: distance(typed.toLowerCase(), name.toLowerCase()) }));
  return far.filter(({ steps }) => steps <= 2).sort((a, b) => a.steps - b.steps)[0]?.name;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
