import "reflect-metadata";
import { createHash, createPublicKey, type KeyObject, randomBytes } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
} from "@peculiar/x509";
import { firstElement, integer, sequence, tagged, time } from "./der.ts";
import { algorithmOf, isSignedBy, pem, signed } from "./signing.ts";

export interface SignOptions {
  /** Epoch milliseconds. */
  notBefore: number;
  /** Epoch milliseconds. */
  notAfter: number;
}

/** Signs customers' requests. Synchronous: due events are finished before the clock is read again. */
export function requestSigner(
  issuer: X509Certificate,
  issuerKey: KeyObject,
): (csrPem: string, life: SignOptions) => string {
  const issuerName = Buffer.from(issuer.subjectName.toArrayBuffer());
  const issuerKeyId = issuer.getExtension(SubjectKeyIdentifierExtension)?.keyId ?? "";

  return (csrPem, { notBefore, notAfter }) => {
    const request = new Pkcs10CertificateRequest(csrPem);
    const publicKey = Buffer.from(request.publicKey.rawData);
    const key = createPublicKey({ key: publicKey, format: "der", type: "spki" });
    if (!isSignedBy(firstElement(new Uint8Array(request.rawData)), new Uint8Array(request.signature), key)) {
      throw new Error("The signature of the signing request is wrong.");
    }
    const usage = key.asymmetricKeyType === "rsa" ? KeyUsageFlags.keyEncipherment : 0;
    const extensions = [
      namesOf(request),
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | usage, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectKeyIdentifierExtension(keyIdentifier(publicKey)),
      new AuthorityKeyIdentifierExtension(issuerKeyId),
    ];
    const content = sequence(
      tagged(0, integer("02")),
      integer(serialNumber()),
      algorithmOf(issuerKey),
      issuerName,
      sequence(time(notBefore), time(notAfter)),
      Buffer.from(request.subjectName.toArrayBuffer()),
      publicKey,
      tagged(3, sequence(...extensions.map((extension) => Buffer.from(extension.rawData)))),
    );
    return pem("CERTIFICATE", signed(content, issuerKey));
  };
}

function namesOf(request: Pkcs10CertificateRequest): Extension {
  const names = request.extensions.find((extension) => extension instanceof SubjectAlternativeNameExtension);
  if (names !== undefined) return names;
  const [commonName] = request.subjectName.getField("CN");
  if (commonName === undefined) throw new Error("The signing request has neither a common name nor alternative names.");
  return new SubjectAlternativeNameExtension([{ type: "dns", value: commonName }]);
}

/** Method 4 of RFC 7093 section 2, at the usual length. */
function keyIdentifier(publicKey: Buffer): string {
  return createHash("sha256").update(publicKey).digest("hex").slice(0, 40);
}

/**
 * Positive and never with a leading zero byte, so that every tool prints it in the same form (RFC 5280 section
 * 4.1.2.2).
 */
export function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return bytes.toString("hex");
}
