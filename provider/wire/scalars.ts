/**
 * Tolerant parsing of scalars. Qwilt mixes numbers and decimal strings for identifiers (docs/qwilt-api.md 3.1) and
 * sends null for missing values (docs/qwilt-api.md 3).
 */
import { z } from "zod";

/** A positive identifier sent as a number or as decimal text, parsed as a number. */
export const numericId = z
  .union([z.number(), z.string().regex(/^\s*\d+\s*$/, "expected a number or decimal digits")])
  .transform(Number)
  .pipe(z.int().nonnegative());

/** Like `numericId`; null, absent and blank are undefined. */
export const optionalNumericId = z
  .union([z.number(), z.string().regex(/^\s*\d*\s*$/, "expected a number or decimal digits")])
  .nullish()
  .transform((value) =>
    value === null || value === undefined || String(value).trim() === "" ? undefined : Number(value),
  );

/** A textual identifier (site, revision, publish); a number is converted to decimal text. */
export const textId = z.union([z.string().min(1), z.number().transform(String)]);

/** Text; null and absent are undefined. */
export const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);

/** A number (epoch milliseconds, counts), also as decimal text; null and absent are undefined. */
export const optionalNumber = z
  .union([z.number(), z.string().regex(/^-?\d+$/, "expected a number")])
  .nullish()
  .transform((value) => (value === null || value === undefined ? undefined : Number(value)));

/** A flag; null and absent are undefined. */
export const optionalFlag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? undefined);

/** A list of texts; null and absent are empty. */
export const textList = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);

/** A list at the top level of a response. JSON null is an empty list, as in the official client. */
export function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullable()
    .transform((value) => value ?? []);
}

/**
 * The canonical spelling of an enumerated value, compared without spaces, underscores and case (responses have both "In
 * progress" and "InProgress", docs/qwilt-api.md 9). An unknown value is kept unchanged: it causes an error only where
 * it matters.
 */
export function canonicalWord(known: readonly string[], word: string): string {
  const key = withoutPunctuation(word);
  return known.find((candidate) => withoutPunctuation(candidate) === key) ?? word;
}

function withoutPunctuation(word: string): string {
  return word.replace(/[\s_-]/g, "").toLowerCase();
}
