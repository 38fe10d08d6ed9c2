/** The public key of a PKCS#10 signing request (RFC 2986 section 4.1). */
import { createHash } from "node:crypto";
import { children, readDer } from "./der.ts";
import { readPem } from "./pem.ts";

/** SHA-256 of its SubjectPublicKeyInfo, lower-case hex; undefined if the text is not a signing request. */
export function publicKeyHashOfRequest(pem: string): string | undefined {
  const block = readPem(pem).blocks.find(({ kind }) => kind === "certificate-request");
  if (block === undefined) return undefined;
  try {
    const [info] = children(readDer(block.der));
    const key = info === undefined ? undefined : children(info)[2];
    return key === undefined ? undefined : createHash("sha256").update(key.raw).digest("hex");
  } catch {
    // An unreadable request says nothing about the certificate.
    return undefined;
  }
}
