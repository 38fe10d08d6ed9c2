/** One X.509 certificate, parsed once for facts, linter and chain. */
import { type KeyObject, X509Certificate } from "node:crypto";
import { children, type DerNode, readDer, readOid, readText, readTime, SEQUENCE } from "./der.ts";
import {
  type BasicConstraints,
  EXTENSION,
  type Extension,
  KEY_USAGE,
  readBasicConstraints,
  readExtensions,
  readKeyUsage,
} from "./extensions.ts";
import { type AuthorityKeyId, readAuthorityKeyId, readSubjectKeyId } from "./key-ids.ts";
import { formatIp } from "./names.ts";

export interface Certificate {
  readonly x509: X509Certificate;
  /** 1, 2 or 3. */
  readonly version: number;
  /** Octets of the serial number, two's complement. */
  readonly serial: Buffer;
  /** DER of the names, compared byte for byte to find an issuer. */
  readonly subjectDer: Buffer;
  readonly issuerDer: Buffer;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKeyDer: Buffer;
  /** "" if the subject has none; the most specific if it has several. */
  readonly commonName: string;
  /** DNS names of the subject alternative name extension, lower case, sorted, without duplicates. */
  readonly dnsNames: readonly string[];
  /** IP names of the same extension, in canonical text form, sorted. */
  readonly ipAddresses: readonly string[];
  /** Epoch milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Undefined unless the algorithm is known to be broken. */
  readonly weakHash: string | undefined;
  /** Object identifiers; undefined when the extension is absent. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** In order, unknown ones included. */
  readonly extensions: readonly Extension[];
  /** Bits of {@link KEY_USAGE}; undefined when the extension is absent. */
  readonly keyUsage: number | undefined;
  readonly isCa: boolean;
  readonly subjectKeyId: Buffer | undefined;
  readonly authorityKeyId: AuthorityKeyId | undefined;
  /** True for a key whose curve is given by parameters instead of by name. */
  readonly hasExplicitCurve: boolean;
  /** How many CAs may stand between this one and the leaf. */
  readonly pathLength: number | undefined;
  /** False only if a key usage extension does not include certificate signing. */
  readonly maySign: boolean;
  /** Undefined if node:crypto cannot read the key (an unknown algorithm or curve). */
  readonly publicKey: KeyObject | undefined;
}

const COMMON_NAME = "2.5.4.3";

/** @throws RangeError or Error of node:crypto when the bytes are not exactly one certificate */
export function parseCertificate(der: Buffer): Certificate {
  const outer = readDer(der);
  if (outer.tag !== SEQUENCE || outer.raw.length !== der.length) throw new RangeError("bytes follow the certificate");
  const x509 = new X509Certificate(der);
  const [tbs, algorithm] = children(outer);
  if (tbs === undefined || algorithm === undefined) throw new RangeError("the certificate is cut off");
  const [first] = children(tbs);
  const fields = children(tbs).filter((node) => node.tag !== 0xa0); // version
  const [serial, , issuer, validity, subject, publicKeyInfo] = fields;
  if (!serial || !issuer || !validity || !subject || !publicKeyInfo) {
    throw new RangeError("the certificate is cut off");
  }
  const [notBefore, notAfter] = children(validity).map(readTime);
  if (notBefore === undefined || notAfter === undefined) throw new RangeError("the validity is cut off");
  const extensions = readExtensions(fields.find((node) => node.tag === 0xa3));
  const ofExtension = (id: string) => extensions.find((each) => each.id === id)?.value;
  const names = readNames(ofExtension(EXTENSION.names));
  const usages = ofExtension(EXTENSION.usages);
  const keyUsage = readKeyUsage(ofExtension(EXTENSION.keyUsage));
  const { isCa, pathLength }: BasicConstraints = readBasicConstraints(ofExtension(EXTENSION.basicConstraints));
  let publicKey: KeyObject | undefined;
  let keyWasRead = false;
  return {
    x509,
    version: first?.tag === 0xa0 ? (first.content.at(-1) ?? 0) + 1 : 1,
    serial: serial.content,
    subjectDer: subject.raw,
    issuerDer: issuer.raw,
    publicKeyDer: publicKeyInfo.raw,
    commonName: readCommonName(subject),
    ...names,
    notBefore,
    notAfter,
    weakHash: weakHashOf(algorithm),
    extendedKeyUsage: usages === undefined ? undefined : children(readDer(usages)).map(readOid),
    extensions,
    keyUsage,
    subjectKeyId: readSubjectKeyId(ofExtension(EXTENSION.subjectKeyId)),
    authorityKeyId: readAuthorityKeyId(ofExtension(EXTENSION.authorityKeyId)),
    hasExplicitCurve: readHasExplicitCurve(publicKeyInfo),
    isCa,
    pathLength,
    maySign: keyUsage === undefined || (keyUsage & KEY_USAGE.keyCertSign) !== 0,
    // Decoding the key costs more than everything else, and many certificates of a chain never need it.
    get publicKey() {
      if (!keyWasRead) publicKey = readPublicKey(x509);
      keyWasRead = true;
      return publicKey;
    },
  };
}

function readPublicKey(x509: X509Certificate): KeyObject | undefined {
  try {
    return x509.publicKey;
  } catch {
    return undefined;
  }
}

/** GeneralName (RFC 5280 section 4.2.1.6): context tag 2 is a DNS name, 7 an IP address of 4 or 16 octets. */
function readNames(extension: Buffer | undefined): { dnsNames: readonly string[]; ipAddresses: readonly string[] } {
  const dnsNames = new Set<string>();
  const ipAddresses = new Set<string>();
  for (const name of extension === undefined ? [] : children(readDer(extension))) {
    if (name.tag === 0x82) dnsNames.add(name.content.toString("utf8").toLowerCase());
    const ip = name.tag === 0x87 ? formatIp(name.content) : undefined;
    if (ip !== undefined) ipAddresses.add(ip);
  }
  return { dnsNames: [...dnsNames].sort(), ipAddresses: [...ipAddresses].sort() };
}

function readCommonName(subject: DerNode): string {
  let commonName = "";
  for (const attribute of children(subject).flatMap(children)) {
    const [type, value] = children(attribute);
    if (type !== undefined && value !== undefined && readOid(type) === COMMON_NAME) commonName = readText(value);
  }
  return commonName;
}

/** Algorithm id-ecPublicKey with parameters that are not an object identifier (RFC 5480 section 2.1.1). */
function readHasExplicitCurve(publicKeyInfo: DerNode): boolean {
  const [algorithm] = children(publicKeyInfo);
  const [id, parameters] = algorithm === undefined ? [] : children(algorithm);
  return id !== undefined && readOid(id) === "1.2.840.10045.2.1" && parameters?.tag === SEQUENCE;
}

const WEAK_SIGNATURES: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.1.2": "MD2",
  "1.2.840.113549.1.1.3": "MD4",
  "1.2.840.113549.1.1.4": "MD5",
  "1.2.840.113549.1.1.5": "SHA-1",
  "1.3.14.3.2.29": "SHA-1",
  "1.2.840.10040.4.3": "SHA-1",
  "1.2.840.10045.4.1": "SHA-1",
};
const WEAK_HASHES: Readonly<Record<string, string>> = { "1.2.840.113549.2.5": "MD5", "1.3.14.3.2.26": "SHA-1" };
const RSASSA_PSS = "1.2.840.113549.1.1.10";

function weakHashOf(algorithm: DerNode): string | undefined {
  const [id, parameters] = children(algorithm);
  if (id === undefined) return undefined;
  const oid = readOid(id);
  if (oid !== RSASSA_PSS) return WEAK_SIGNATURES[oid];
  // RFC 4055 section 3.1: the hash is the field [0], and SHA-1 if absent.
  const hash = (parameters === undefined ? [] : children(parameters)).find((field) => field.tag === 0xa0);
  const [hashAlgorithm] = hash === undefined ? [] : children(hash);
  const [hashId] = hashAlgorithm === undefined ? [] : children(hashAlgorithm);
  return hashId === undefined ? "SHA-1" : WEAK_HASHES[readOid(hashId)];
}

/** Value of an extension, without the octet string around it. */
export function extensionOf({ extensions }: Certificate, id: string): Extension | undefined {
  return extensions.find((each) => each.id === id);
}
