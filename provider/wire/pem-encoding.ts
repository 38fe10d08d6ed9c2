/** PEM texts are base64-encoded once, as a whole, in the standard alphabet (docs/qwilt-api.md 3.2). */

export function encodePem(pem: string): string {
  return Buffer.from(pem, "utf8").toString("base64");
}

/**
 * The PEM inside a text: base64 of it in either alphabet, with or without white space, or the PEM itself.
 * undefined when there is none.
 */
export function decodePem(text: string): string | undefined {
  if (text.includes("-----BEGIN ")) return text;
  const compact = text.replace(/\s+/g, "");
  if (compact === "" || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(compact)) return undefined;
  // Buffer's "base64" reads the URL-safe alphabet too.
  const decoded = Buffer.from(compact, "base64").toString("utf8");
  return decoded.includes("-----BEGIN ") ? decoded : undefined;
}

/** Members in which a JSON response may have the text, most likely first (path and format unpublished, U1). */
const PEM_MEMBERS = ["pem", "csrPem", "csr", "certificateSigningRequest", "certificate"] as const;

/**
 * The PEM in a response of unpublished format: raw PEM, base64 of it, a JSON string, or a JSON object containing
 * either.
 */
export function findPem(answer: string): string | undefined {
  const direct = decodePem(answer.trimStart().startsWith("{") || answer.trimStart().startsWith('"') ? "" : answer);
  if (direct !== undefined) return direct;
  let parsed: unknown;
  try {
    parsed = JSON.parse(answer);
  } catch {
    return undefined;
  }
  if (typeof parsed === "string") return decodePem(parsed);
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const members = new Map<string, unknown>(Object.entries(parsed));
  for (const value of [...PEM_MEMBERS.map((name) => members.get(name)), ...members.values()]) {
    const pem = typeof value === "string" ? decodePem(value) : undefined;
    if (pem !== undefined) return pem;
  }
  return undefined;
}
