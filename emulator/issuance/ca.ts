import "reflect-metadata";
import { KeyObject, X509Certificate as NodeCertificate, webcrypto } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  type PublicKeyType,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { requestSigner, type SignOptions, serialNumber } from "./sign-request.ts";

export interface CertificateAuthorityOptions {
  /** Folder of ca.pem and ca-key.pem (0600). Created if missing; existing files are reused. */
  directory: string;
  /** Default: "Qwilt emulator CA". */
  commonName?: string;
  /** The emulator's clock, in epoch milliseconds. */
  now: () => number;
}

export interface SignedCertificate {
  certificatePem: string;
  /** The intermediate that signed; the root is left out (docs/qwilt-api.md 4.1, `certificateChain`). */
  chainPem: string;
}

export interface CertificateAuthority {
  /** The root, for clients to trust. */
  certificatePem: string;
  /** File with the root. */
  path: string;
  /** A certificate for one of the emulator's own listeners, signed by the root. */
  issueServer(host: string): Promise<{ certificatePem: string; keyPem: string }>;
  /** Signs a PKCS#10 request with the names it contains. @throws if its signature is wrong or it contains no name */
  signCsr(csrPem: string, options: SignOptions): SignedCertificate;
}

interface Signer {
  readonly certificate: X509Certificate;
  readonly key: CryptoKey;
}

type CryptoKey = webcrypto.CryptoKey;

const dayMs = 86_400_000;
const curve = { name: "ECDSA", namedCurve: "P-256" };
const signature = { name: "ECDSA", hash: "SHA-256" };

/** Far outside every virtual clock, so that the CA's own certificates never affect tests of dates. */
const authorityLife = { notBefore: new Date("2000-01-01T00:00:00Z"), notAfter: new Date("2099-12-31T23:59:59Z") };

/** Opens the emulator's certificate authority: a root, and an intermediate that signs customers' requests. */
export async function createCertificateAuthority(options: CertificateAuthorityOptions): Promise<CertificateAuthority> {
  const { directory, commonName = "Qwilt emulator CA", now } = options;
  await mkdir(directory, { recursive: true });
  const path = join(directory, "ca.pem");
  const keyPath = join(directory, "ca-key.pem");
  const root = (await load(path, keyPath)) ?? (await save(await makeAuthority(commonName), path, keyPath));
  // Created at each start: only the root has to be trusted.
  const intermediate = await makeAuthority(`${commonName} intermediate`, root);
  const servers = new Map<string, Promise<ServerCertificate>>();
  const signer = requestSigner(intermediate.certificate, KeyObject.from(intermediate.key));

  return {
    certificatePem: pemOf(root.certificate),
    path,
    issueServer: async (host) => {
      const known = await servers.get(host);
      if (known !== undefined && covers(known, now())) return known;
      const made = makeServer(root, host, now());
      servers.set(host, made);
      made.catch(() => servers.delete(host));
      return await made;
    },
    signCsr: (csrPem, life) => ({
      certificatePem: signer(csrPem, life),
      chainPem: pemOf(intermediate.certificate),
    }),
  };
}

async function load(path: string, keyPath: string): Promise<Signer | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const certificate = new X509Certificate(await readFile(path, "utf8"));
    const pkcs8 = PemConverter.decodeFirst(await readFile(keyPath, "utf8"));
    return { certificate, key: await webcrypto.subtle.importKey("pkcs8", pkcs8, curve, true, ["sign"]) };
  } catch (error) {
    throw new Error(`The certificate authority in ${path} and ${keyPath} cannot be read: remove both files.`, {
      cause: error,
    });
  }
}

/** The certificate is written last: if it exists, both files are complete. */
async function save(signer: Signer, path: string, keyPath: string): Promise<Signer> {
  await replaceFile(keyPath, await keyPemOf(signer.key));
  await replaceFile(path, pemOf(signer.certificate));
  return signer;
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
}

async function makeAuthority(commonName: string, issuer?: Signer): Promise<Signer> {
  const keys = await webcrypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const pathLength = issuer === undefined ? 1 : 0;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [commonName] }],
    issuer: issuer?.certificate.subjectName ?? [{ CN: [commonName] }],
    ...authorityLife,
    publicKey: keys.publicKey,
    signingKey: issuer?.key ?? keys.privateKey,
    signingAlgorithm: signature,
    extensions: [
      new BasicConstraintsExtension(true, pathLength, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(issuer === undefined ? [] : [await AuthorityKeyIdentifierExtension.create(issuer.certificate)]),
    ],
  });
  return { certificate, key: keys.privateKey };
}

interface ServerCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Valid on the emulator's clock and on the machine's: a client of the proxy checks dates by its own clock, which a
 * frozen or advanced emulator does not change.
 */
async function makeServer(root: Signer, host: string, now: number): Promise<ServerCertificate> {
  const keys = await webcrypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const notBefore = Math.max(Math.min(now, Date.now()) - dayMs, authorityLife.notBefore.getTime());
  const notAfter = Math.min(Math.max(now, Date.now()) + 365 * dayMs, authorityLife.notAfter.getTime());
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [host] }],
    issuer: root.certificate.subjectName,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    publicKey: keys.publicKey,
    signingKey: root.key,
    signingAlgorithm: signature,
    extensions: [
      new SubjectAlternativeNameExtension([{ type: "dns", value: host }]),
      ...(await leafExtensions(keys.publicKey, root.certificate, KeyUsageFlags.digitalSignature)),
    ],
  });
  return { certificatePem: pemOf(certificate), keyPem: await keyPemOf(keys.privateKey), notBefore, notAfter };
}

function covers(server: ServerCertificate, now: number): boolean {
  return [now, Date.now()].every((time) => time >= server.notBefore && time < server.notAfter - dayMs);
}

async function leafExtensions(key: PublicKeyType, issuer: X509Certificate, usage: number): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(usage, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    await SubjectKeyIdentifierExtension.create(key),
    await AuthorityKeyIdentifierExtension.create(issuer),
  ];
}

/** PEM in OpenSSL's format: 64 columns and a newline at the end. */
function pemOf(certificate: X509Certificate): string {
  return new NodeCertificate(Buffer.from(certificate.rawData)).toString();
}

async function keyPemOf(key: CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}
