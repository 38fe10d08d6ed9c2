/** Whether two PEM texts have the same content, regardless of line breaks and comments. */
import { createHash, X509Certificate } from "node:crypto";
import { readPem } from "./pem.ts";

/** SHA-256 of the first certificate's DER, lower-case hex; undefined if the text contains none. */
export function fingerprintOf(pem: string): string | undefined {
  const block = readPem(pem).blocks.find(({ kind }) => kind === "certificate");
  return block === undefined ? undefined : createHash("sha256").update(block.der).digest("hex");
}

/** SHA-256 of each certificate of a chain, in order, lower-case hex; roots are left out: not every edge sends them. */
export function issuerFingerprints(chainPem: string): readonly string[] {
  return readPem(chainPem)
    .blocks.filter(({ kind }) => kind === "certificate")
    .map(({ der }) => new X509Certificate(der))
    .filter((one) => one.subject !== one.issuer)
    .map((one) => one.fingerprint256.replaceAll(":", "").toLowerCase());
}

export function sameBlocks(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [readPem(a), readPem(b)];
  if (left.faults.length > 0 || right.faults.length > 0) return false;
  return (
    left.blocks.length === right.blocks.length &&
    left.blocks.every((block, index) => right.blocks[index]?.der.equals(block.der) === true)
  );
}

/** SHA-256 of the content of a PEM text: equal for texts that are the same to `sameBlocks`. */
export function digestOfBlocks(pem: string): string {
  const { blocks, faults } = readPem(pem);
  const hash = createHash("sha256");
  if (faults.length > 0) hash.update(pem);
  else for (const { der } of blocks) hash.update(der);
  return hash.digest("hex");
}
