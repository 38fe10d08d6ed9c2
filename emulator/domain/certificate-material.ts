import { createHash, createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { Assumptions } from "../assumptions.ts";
import { ApiProblem } from "./api-problem.ts";
import { decodeBase64Text, type PemBlock, pemBlocks } from "./pem.ts";

/** The content of an upload, decoded and checked. Immutable: an update creates new material under the same `certId`. */
export interface CertificateMaterial {
  readonly materialId: number;
  readonly certificateId: number;
  /** Verbatim, as posted (docs/qwilt-api.md 3.2). */
  readonly postedCertificate: string;
  /** Verbatim; null if none was posted. */
  readonly postedChain: string | null;
  readonly certificatePem: string;
  readonly chainPem: string;
  readonly keyPem: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
  /** U9. */
  readonly pkHash: string;
  /** Common name, or the first DNS name if there is none (9: "the certificate's own name"). */
  readonly domain: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export type ParsedMaterial = Omit<CertificateMaterial, "materialId" | "certificateId">;

export interface PostedMaterial {
  readonly certificate: string;
  readonly chain: string | null;
  /** The key in PEM, decoded: posted, stored before, or that of the signing request. */
  readonly keyPem: string;
  /** Names the source of the key in the message of a mismatch. */
  readonly keySource: "privateKey" | "csrId" | "the stored key";
}

/**
 * Parses an upload: exactly one leaf, a readable chain, a key that matches (U5).
 *
 * @throws ApiProblem with status 400
 */
export function parseMaterial(posted: PostedMaterial, now: number, rules: Assumptions): ParsedMaterial {
  const leaf = parseLeaf(posted.certificate);
  const chain = parseChain(posted.chain, leaf.certificate, rules);
  const key = parseKey(posted.keyPem);
  if (!leaf.certificate.checkPrivateKey(key)) {
    throw new ApiProblem(400, `The certificate does not match ${posted.keySource}.`);
  }
  const notAfterMs = leaf.certificate.validToDate.getTime();
  if (rules.expiredUpload === "refuse" && notAfterMs <= now) throw new ApiProblem(400, "The certificate has expired.");
  const spki = leaf.certificate.publicKey.export({ type: "spki", format: "der" });
  return {
    postedCertificate: posted.certificate,
    postedChain: posted.chain,
    certificatePem: leaf.pem,
    chainPem: chain,
    keyPem: posted.keyPem,
    fingerprint: sha256Hex(leaf.certificate.raw),
    pkHash: sha256Hex(spki),
    domain: ownName(leaf.certificate),
    notBeforeMs: leaf.certificate.validFromDate.getTime(),
    notAfterMs,
  };
}

/** The key of an upload: base64 of PEM, without passphrase. @throws ApiProblem with status 400 */
export function decodeKey(value: string): string {
  const blocks = pemBlocks(decodeBase64Text(value, "privateKey"));
  const keys = blocks.filter((block) => block.label.endsWith("PRIVATE KEY"));
  const only = keys[0];
  if (only === undefined || keys.length > 1)
    throw new ApiProblem(400, "privateKey must hold exactly one PEM private key.");
  parseKey(only.text);
  return only.text;
}

/** Whether a certificate is valid for a host, or for any name below it. */
export function coversHost(certificatePem: string, host: string, withSubdomains: boolean): boolean {
  const certificate = new X509Certificate(certificatePem);
  if (certificate.checkHost(host) === undefined) return false;
  return !withSubdomains || certificate.checkHost(`any.${host}`) !== undefined;
}

function parseLeaf(value: string): { pem: string; certificate: X509Certificate } {
  const blocks = pemBlocks(decodeBase64Text(value, "certificate"));
  const only = blocks[0];
  if (only === undefined || blocks.length > 1) {
    throw new ApiProblem(400, "certificate must hold exactly one PEM certificate.");
  }
  return { pem: only.text, certificate: parseCertificate(only, "certificate") };
}

function parseChain(value: string | null, leaf: X509Certificate, rules: Assumptions): string {
  const strict = rules.brokenChain === "refuse";
  if (value === null || value.trim() === "") {
    if (strict) throw new ApiProblem(400, "certificateChain is required.");
    return "";
  }
  const blocks = pemBlocks(decodeBase64Text(value, "certificateChain"));
  if (blocks.length === 0) throw new ApiProblem(400, "certificateChain holds no PEM certificate.");
  let below = leaf;
  for (const [index, block] of blocks.entries()) {
    const signer = parseCertificate(block, "certificateChain");
    // Not `checkIssued`, which requires a CA: a self-signed leaf may be its own chain (docs/qwilt-api.md 4.1 rule 5).
    if (strict && !(below.issuer === signer.subject && below.verify(signer.publicKey))) {
      throw new ApiProblem(400, `certificateChain is out of order: entry ${index + 1} did not sign the one before it.`);
    }
    below = signer;
  }
  return blocks.map((block) => block.text).join("");
}

function parseCertificate(block: PemBlock, field: string): X509Certificate {
  if (block.label !== "CERTIFICATE")
    throw new ApiProblem(400, `${field} holds a PEM ${block.label}, not a certificate.`);
  try {
    const certificate = new X509Certificate(block.text);
    // Throws here, with a clear error, for a key that OpenSSL cannot read.
    certificate.publicKey;
    return certificate;
  } catch {
    throw new ApiProblem(400, `${field} is not a readable X.509 certificate.`);
  }
}

function parseKey(pem: string): KeyObject {
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    throw new ApiProblem(400, "privateKey has a passphrase. Send the key without one.");
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw new ApiProblem(400, "privateKey is not a readable private key.");
  }
}

function ownName(certificate: X509Certificate): string {
  const commonName: unknown = certificate.toLegacyObject().subject?.CN;
  const first: unknown = Array.isArray(commonName) ? commonName[0] : commonName;
  if (typeof first === "string" && first !== "") return first;
  const alternative = /(?:^|, )(?:DNS|IP Address):([^,]+)/.exec(certificate.subjectAltName ?? "");
  return alternative?.[1] ?? "";
}

function sha256Hex(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
