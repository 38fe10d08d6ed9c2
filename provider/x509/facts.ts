/** Facts of a certificate that a preview shows: derived from the PEM text alone, and fast enough for `check`. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { FindingError } from "./finding.ts";
import { finding, pemFinding } from "./finding-catalog.ts";
import { keyTypeOf } from "./key-type.ts";
import { readPem } from "./pem.ts";

export interface CertificateFacts {
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
  /** Common name of the subject, "" if it has none. Clients do not match it against host names. */
  readonly commonName: string;
  /** DNS names of the certificate: lower case, sorted, without duplicates. */
  readonly dnsNames: readonly string[];
  /** IP addresses of the certificate, canonical (RFC 5952), sorted. */
  readonly ipAddresses: readonly string[];
  /** Distinguished name of the issuing CA, most specific part first: "CN=R11,O=Let's Encrypt,C=US" (RFC 4514). */
  readonly issuer: string;
  /** Serial number in upper-case hex, as `openssl x509 -serial` prints it. */
  readonly serialNumber: string;
  /** Start of the validity period, ISO 8601 UTC. */
  readonly notBefore: string;
  /** Expiry, ISO 8601 UTC. */
  readonly notAfter: string;
  /** "RSA-2048", "EC-P256", "EC-P384", "Ed25519"; "unknown" if Node cannot read the key. */
  readonly keyType: string;
  // docs/qwilt-api.md U9 assumes the same for `pkHash`.
  /** SHA-256 of the public key (DER SubjectPublicKeyInfo), lower-case hex. It identifies the private key, which is not stored. */
  readonly publicKeyHash: string;
}

/**
 * Facts of the first certificate in the text; the linter reports further ones.
 *
 * @throws FindingError if there is no readable certificate
 */
export function certificateFacts(leafPem: string): CertificateFacts {
  const { blocks, faults } = readPem(leafPem);
  const block = blocks.find(({ kind }) => kind === "certificate");
  if (block === undefined) {
    const [fault] = faults;
    if (fault !== undefined) throw new FindingError(pemFinding(fault, "certificate"));
    throw new FindingError(finding("CERT_MISSING", "certificate", "The field `certificate` contains no certificate."));
  }
  let certificate: Certificate;
  try {
    certificate = parseCertificate(block.der);
  } catch {
    throw new FindingError(
      finding(
        "CERT_PEM_BROKEN",
        "certificate",
        "The field `certificate` holds a block that is not an X.509 certificate.",
      ),
    );
  }
  return factsOf(certificate);
}

export function factsOf(certificate: Certificate): CertificateFacts {
  const { x509, commonName, dnsNames, ipAddresses, notBefore, notAfter, publicKey } = certificate;
  return {
    fingerprint: sha256(x509.raw),
    commonName,
    dnsNames,
    ipAddresses,
    issuer: oneLineName(x509.issuer),
    serialNumber: x509.serialNumber,
    notBefore: isoSeconds(notBefore),
    notAfter: isoSeconds(notAfter),
    keyType: keyTypeOf(publicKey),
    publicKeyHash: publicKey === undefined ? sha256(certificate.publicKeyDer) : publicKeyHash(publicKey),
  };
}

/** @throws FindingError for a passphrase, a certificate in the place of the key, or text that is not a key */
export function readPrivateKey(keyPem: string): KeyObject {
  const { blocks, faults } = readPem(keyPem);
  const block = blocks.find(({ kind }) => kind === "private-key");
  if (block === undefined) {
    const [fault] = faults;
    if (fault !== undefined) throw new FindingError(pemFinding(fault, "privateKey"));
    throw new FindingError(wrongKeyBlock(blocks.map(({ kind }) => kind)));
  }
  try {
    return createPrivateKey(block.text);
  } catch {
    // The message of node:crypto is left out: it may quote the input.
    throw new FindingError(
      finding(
        "CERT_PEM_BROKEN",
        "privateKey",
        "The field `privateKey` holds a block that is not a readable private key.",
      ),
    );
  }
}

function wrongKeyBlock(kinds: readonly string[]) {
  if (kinds.includes("encrypted-private-key")) {
    return finding("CERT_KEY_PASSPHRASE", "privateKey", "The private key is protected by a passphrase.");
  }
  if (kinds.includes("certificate")) {
    return finding(
      "CERT_CERTIFICATE_IN_KEY",
      "privateKey",
      "The field `privateKey` contains a certificate, not a key.",
    );
  }
  const what = kinds.includes("public-key") ? "a public key" : "no private key";
  return finding("CERT_KEY_MISSING", "privateKey", `The field \`privateKey\` contains ${what}.`);
}

/** Hash of the public half of a key: equal for a private key and its certificate. */
export function publicKeyHash(key: KeyObject): string {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return sha256(publicKey.export({ type: "spki", format: "der" }));
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Certificates have second precision; milliseconds would be noise in a diff. */
function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** node:crypto gives one attribute per line, the most general first, already escaped according to RFC 4514. */
export function oneLineName(name: string | undefined): string {
  return (name ?? "").split("\n").reverse().join(",");
}
