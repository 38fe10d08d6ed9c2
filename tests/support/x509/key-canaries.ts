/** Every form in which a private key could leak, and how to search for it. */
import { createPrivateKey } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export interface Canary {
  readonly name: string;
  readonly text: string;
}

/** PEM, its lines, DER and the secret numbers themselves, each unchanged and in hex, base64 and base64url. */
export function keyCanaries(pem: string): Canary[] {
  const key = createPrivateKey(pem);
  const der = key.export({ type: "pkcs8", format: "der" });
  const jwk = key.export({ format: "jwk" });
  const lines = pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
  // Public parts are in the certificate too; only secret parts are canaries on their own.
  const secretLines = lines.slice(0, 1);
  const canaries: Canary[] = [
    ...secretLines.map((line, index) => ({ name: `PEM line ${index + 1}`, text: line })),
    ...encodings("PEM", Buffer.from(pem, "utf8")),
    ...secretLines.flatMap((line, index) => encodings(`PEM line ${index + 1}`, Buffer.from(line, "utf8"))),
    ...encodings("DER", der),
    ...Object.entries(jwk)
      .filter(([name]) => ["d", "p", "q", "dp", "dq", "qi"].includes(name))
      .flatMap(([name, value]) => encodings(`secret number ${name}`, Buffer.from(String(value), "base64url"))),
  ];
  return canaries.filter(({ text }) => text.length >= 16);
}

/** In base64, a text looks different at each of three alignments. */
function encodings(name: string, bytes: Buffer): Canary[] {
  const aligned = [0, 1, 2].map((skip) => {
    const rest = bytes.subarray(skip);
    return rest.subarray(0, rest.length - (rest.length % 3));
  });
  return [
    { name: `${name} in hex`, text: bytes.toString("hex") },
    { name: `${name} in upper-case hex`, text: bytes.toString("hex").toUpperCase() },
    ...aligned.flatMap((part, skip) => [
      { name: `${name} in base64, alignment ${skip}`, text: part.toString("base64") },
      { name: `${name} in base64url, alignment ${skip}`, text: part.toString("base64url") },
    ]),
  ];
}

/** Names of the canaries in a text, as it is and without line breaks (also escaped ones). */
export function leaks(text: string, canaries: readonly Canary[]): string[] {
  const joined = text.replace(/(\\n|\\r|\s)+/g, "");
  return canaries
    .filter((canary) => text.includes(canary.text) || joined.includes(canary.text.replace(/\s+/g, "")))
    .map(({ name }) => name);
}

/** Every file below a folder as text, byte for byte; compressed files also decompressed. */
export function filesBelow(folder: string): { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
      return { path, text: plain.toString("latin1") };
    });
}
