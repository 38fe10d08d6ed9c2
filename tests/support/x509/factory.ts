/**
 * Certificates for tests, created with @peculiar/x509. Keys are created once per test process and shared: creating an
 * RSA key costs more than everything else together.
 */
import "reflect-metadata";
import { createPublicKey, generateKeyPairSync, type KeyObject, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

export type KeyType = "RSA-1024" | "RSA-2048" | "RSA-3072" | "EC-P256" | "EC-P384" | "EC-P521" | "Ed25519";
export type HashName = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

export interface KeyPair {
  readonly type: KeyType;
  /** PKCS#8 PEM. */
  readonly privateKey: string;
  readonly keyObject: KeyObject;
  readonly publicKeyObject: KeyObject;
}

interface Issued {
  readonly commonName: string;
  readonly keys: KeyPair;
  /** PEM, one block, with a newline at the end. */
  readonly certificate: string;
  /** PKCS#8 PEM. */
  readonly privateKey: string;
}

export interface Ca extends Issued {
  /** Undefined for a root. */
  readonly issuer: Ca | undefined;
}

export interface Leaf extends Issued {
  /** PEM of the intermediates, the leaf's issuer first, without the root; the leaf itself if it is self-signed. */
  readonly certificateChain: string;
}

export interface CaOptions {
  readonly commonName?: string;
  readonly organization?: string;
  /** The CA that signs this one; omitted for a root. */
  readonly issuer?: Ca;
  readonly keys?: KeyPair;
  readonly keyType?: KeyType;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly hash?: HashName;
}

export interface LeafOptions {
  /** DNS names and IP addresses, all as subject alternative names; the first is the common name too. */
  readonly names: readonly string[];
  /** If omitted: an intermediate of the shared test CA. "self": self-signed. */
  readonly ca?: Ca | "self";
  readonly keys?: KeyPair;
  readonly keyType?: KeyType;
  /** If omitted: an hour ago, and 40 days later, which no limit of the CA/Browser Forum forbids. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly commonName?: string;
  readonly subjectAlternativeNames?: boolean;
  /** Object identifiers; if omitted: serverAuth. Empty: no extension. */
  readonly usages?: readonly string[];
  readonly isCa?: boolean;
  readonly hash?: HashName;
}

const DAY_MS = 86_400_000;
const pool = new Map<string, KeyPair>();

/** The key number `index` of its type: always the same one within this process. */
export function sharedKeys(type: KeyType = "EC-P256", index = 0): KeyPair {
  const name = `${type}/${index}`;
  const known = pool.get(name) ?? makeKeys(type);
  pool.set(name, known);
  return known;
}

export function makeKeys(type: KeyType): KeyPair {
  const { privateKey, publicKey } = generate(type);
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { type, privateKey: pem, keyObject: privateKey, publicKeyObject: publicKey };
}

function generate(type: KeyType) {
  if (type === "Ed25519") return generateKeyPairSync("ed25519");
  const size = type.split("-")[1] ?? "";
  if (type.startsWith("RSA")) return generateKeyPairSync("rsa", { modulusLength: Number(size) });
  return generateKeyPairSync("ec", { namedCurve: `P-${size.slice(1)}` });
}

let names = 0;
let keyIndex = 1000;

export async function makeCa(options: CaOptions = {}): Promise<Ca> {
  names += 1;
  const commonName = options.commonName ?? `Test CA ${names}`;
  const type = options.keyType ?? "EC-P256";
  // Each CA has its own keys: two CAs with one key would validate each other's certificates.
  const keys = options.keys ?? sharedKeys(type, keyIndex++);
  const subject =
    options.organization === undefined ? [{ CN: [commonName] }] : [{ O: [options.organization] }, { CN: [commonName] }];
  const certificate = await issue({
    subject,
    keys,
    issuer: options.issuer,
    signer: options.issuer?.keys ?? keys,
    notBefore: options.notBefore ?? new Date(Date.now() - 365 * DAY_MS),
    notAfter: options.notAfter ?? new Date(Date.now() + 3650 * DAY_MS),
    hash: options.hash ?? "SHA-256",
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return { commonName, keys, certificate, privateKey: keys.privateKey, issuer: options.issuer };
}

let shared: Promise<Ca> | undefined;

/** An intermediate under a root, created once per process. */
export function sharedCa(): Promise<Ca> {
  shared ??= makeCa({ commonName: "Test Root" }).then((root) =>
    makeCa({ commonName: "Test Intermediate", issuer: root }),
  );
  return shared;
}

export async function makeLeaf(options: LeafOptions): Promise<Leaf> {
  const keys = options.keys ?? sharedKeys(options.keyType ?? "EC-P256");
  const ca = options.ca === "self" ? undefined : (options.ca ?? (await sharedCa()));
  const notBefore = options.notBefore ?? new Date(Date.now() - 3_600_000);
  const commonName = options.commonName ?? options.names[0] ?? "";
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(options.isCa === true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
  ];
  const usages = options.usages ?? [x509.ExtendedKeyUsage.serverAuth];
  if (usages.length > 0) extensions.push(new x509.ExtendedKeyUsageExtension([...usages]));
  if (options.subjectAlternativeNames !== false && options.names.length > 0) {
    const general = options.names.map((value) => ({
      type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const),
      value,
    }));
    extensions.push(new x509.SubjectAlternativeNameExtension(general));
  }
  const certificate = await issue({
    subject: [{ CN: [commonName] }],
    keys,
    issuer: ca,
    signer: ca?.keys ?? keys,
    notBefore,
    notAfter: options.notAfter ?? new Date(notBefore.getTime() + 40 * DAY_MS),
    hash: options.hash ?? "SHA-256",
    extensions,
  });
  return {
    commonName,
    keys,
    certificate,
    privateKey: keys.privateKey,
    certificateChain: ca === undefined ? certificate : chainOf(ca),
  };
}

export interface RequestOptions {
  /** PKCS#10 PEM. */
  readonly csrPem: string;
  readonly ca: Ca;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * Signs a request as a CA does: its names and its key, whose private half is not here. @throws if it is not signed with
 * that key
 */
export async function signRequest({ csrPem, ca, notBefore, notAfter }: RequestOptions) {
  const request = new x509.Pkcs10CertificateRequest(csrPem);
  const names = request.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension);
  if (names === undefined || !(await request.verify(CRYPTO))) throw new Error("the signing request is not good");
  const publicKeyObject = createPublicKey(request.publicKey.toString("pem"));
  const certificate = await issue({
    subject: request.subjectName.toJSON(),
    keys: { type: publicKeyObject.asymmetricKeyType === "rsa" ? "RSA-2048" : "EC-P256", publicKeyObject },
    issuer: ca,
    signer: ca.keys,
    notBefore,
    notAfter,
    hash: "SHA-256",
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      names,
    ],
  });
  return { certificate, certificateChain: chainOf(ca) };
}

/** The CA and its issuers as PEM, without the root; the root alone if there is nothing else. */
export function chainOf(ca: Ca): string {
  const chain: string[] = [];
  for (let at: Ca | undefined = ca; at !== undefined; at = at.issuer) {
    if (at.issuer !== undefined || chain.length === 0) chain.push(at.certificate);
  }
  return chain.join("");
}

interface Issue {
  readonly subject: x509.JsonName;
  readonly keys: PublicKey;
  readonly issuer: Ca | undefined;
  readonly signer: KeyPair;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly hash: HashName;
  readonly extensions: readonly x509.Extension[];
}

let serial = 0;

type PublicKey = Pick<KeyPair, "type" | "publicKeyObject">;
type Crypto = NonNullable<Parameters<typeof x509.X509CertificateGenerator.create>[1]>;
const CRYPTO = webcrypto as unknown as Crypto;

async function issue(options: Issue): Promise<string> {
  const { subject, keys, issuer, signer, notBefore, notAfter, hash, extensions } = options;
  const publicKey = await publicCryptoKey(keys);
  const keyIds = [
    await x509.SubjectKeyIdentifierExtension.create(publicKey, false, CRYPTO),
    await x509.AuthorityKeyIdentifierExtension.create(await publicCryptoKey(signer), false, CRYPTO),
  ];
  serial += 1;
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: (0x10_00_00 + serial).toString(16),
      subject,
      issuer: issuer === undefined ? subject : new x509.X509Certificate(issuer.certificate).subjectName.toJSON(),
      notBefore,
      notAfter,
      publicKey,
      signingKey: await signingCryptoKey(signer, hash),
      signingAlgorithm: { name: algorithmOf(signer.type, hash).name, hash },
      extensions: [...extensions, ...keyIds],
    },
    CRYPTO,
  );
  return `${certificate.toString("pem")}\n`;
}

function algorithmOf(type: KeyType, hash: HashName) {
  if (type === "Ed25519") return { name: "Ed25519" };
  if (type.startsWith("RSA")) return { name: "RSASSA-PKCS1-v1_5", hash };
  return { name: "ECDSA", namedCurve: `P-${type.slice(4)}` };
}

function signingCryptoKey({ type, keyObject }: KeyPair, hash: HashName) {
  const der = keyObject.export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", der, algorithmOf(type, hash), true, ["sign"]);
}

function publicCryptoKey({ type, publicKeyObject }: PublicKey) {
  const der = publicKeyObject.export({ type: "spki", format: "der" });
  return webcrypto.subtle.importKey("spki", der, algorithmOf(type, "SHA-256"), true, ["verify"]);
}
