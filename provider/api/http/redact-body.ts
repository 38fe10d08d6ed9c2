/** What a server says in an error body, made fit for a message: short, one line, no markup, nothing secret. */

const MAX_LENGTH = 300;
/** Longer runs of base64 letters are keys, certificates or tokens that the server repeats. */
const MATERIAL = /[A-Za-z0-9+/_=.-]{80,}/g;
const PEM_BLOCK = /-----BEGIN [^-]*-----[\s\S]*?(-----END [^-]*-----|$)/g;

/** Without keys, certificates and tokens. */
export function withoutMaterial(text: string): string {
  return text.replace(PEM_BLOCK, "(PEM)").replace(MATERIAL, "(...)");
}

/** @param secrets texts that must not show, whatever their length */
export function redactServerText(body: string, secrets: readonly string[]): string {
  let text = body.slice(0, 20_000);
  text = jsonMessage(text) ?? text;
  for (const secret of secrets) if (secret !== "") text = text.replaceAll(secret, "(secret)");
  text = withoutMaterial(text)
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)} ...`;
}

/** The shape of error bodies is unpublished (U16): the members that services commonly use. */
function jsonMessage(body: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof parsed === "string") return parsed;
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const members = new Map<string, unknown>(Object.entries(parsed));
  const texts = ["message", "error", "errorMessage", "detail", "details", "title"]
    .map((name) => members.get(name))
    .filter((value) => typeof value === "string" && value !== "");
  return texts.length === 0 ? undefined : [...new Set(texts)].join(": ");
}

/** An HTML page does not come from the API but from something in front of it. */
export function looksLikeHtml(contentType: string | undefined, body: string): boolean {
  return /html/i.test(contentType ?? "") || /^\s*<(!doctype|html|head|body)\b/i.test(body);
}
