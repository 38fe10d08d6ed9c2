import { ApiProblem } from "./api-problem.ts";

export interface PemBlock {
  readonly label: string;
  /** The block including BEGIN and END, ending in a newline. */
  readonly text: string;
}

/**
 * Decodes the base64 of a whole PEM text (docs/qwilt-api.md 3.2). Both alphabets, with or without padding; white space
 * around and inside is ignored.
 *
 * @throws ApiProblem with status 400 if it is not base64
 */
export function decodeBase64Text(value: string, field: string): string {
  // Its dashes and letters would be accepted as the URL-safe alphabet.
  if (value.includes("-----BEGIN")) throw new ApiProblem(400, `${field} is PEM text as it is. Send its base64.`);
  const compact = value.replaceAll(/\s+/g, "");
  const body = compact.replace(/={1,2}$/, "");
  if (body === "" || !/^[A-Za-z0-9+/_-]+$/.test(body) || body.length % 4 === 1) {
    throw new ApiProblem(400, `${field} is not base64.`);
  }
  return Buffer.from(body.replaceAll("-", "+").replaceAll("_", "/"), "base64").toString("utf8");
}

/** All PEM blocks of a text, in order. Text around them is allowed. */
export function pemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  for (const match of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g)) {
    blocks.push({ label: match[1] ?? "", text: `${match[0]}\n` });
  }
  return blocks;
}
