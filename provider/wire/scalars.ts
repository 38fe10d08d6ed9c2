/**
 * How scalars on the network are read: tolerantly. The service mixes numbers and decimal strings for identifiers
 * (docs/qwilt-api.md 3.1) and sends null where it has nothing (docs/qwilt-api.md 3).
 */
import { z } from "zod";

/** A positive identifier sent as a number or as decimal text; a number inside. */
export const numericId = z
  .union([z.number(), z.string().regex(/^\s*\d+\s*$/, "expected a number or decimal digits")])
  .transform(Number)
  .pipe(z.int().nonnegative());

/** As `numericId`; null, absent and blank are undefined. */
export const optionalNumericId = z
  .union([z.number(), z.string().regex(/^\s*\d*\s*$/, "expected a number or decimal digits")])
  .nullish()
  .transform((value) =>
    value === null || value === undefined || String(value).trim() === "" ? undefined : Number(value),
  );

/** An identifier that is text (site, revision, publish); a number is taken as its decimal text. */
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

/** A list at the top of an answer. JSON null is an empty list: so does the official client read it. */
export function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullable()
    .transform((value) => value ?? []);
}

/**
 * The canonical spelling of an enumerated word, compared without spaces, underscores and case (the wire has both
 * "In progress" and "InProgress", docs/qwilt-api.md 9). A word that is not known stays as it came: it fails by name
 * where it matters, and nowhere else.
 */
export function canonicalWord(known: readonly string[], word: string): string {
  const key = withoutPunctuation(word);
  return known.find((candidate) => withoutPunctuation(candidate) === key) ?? word;
}

function withoutPunctuation(word: string): string {
  return word.replace(/[\s_-]/g, "").toLowerCase();
}
