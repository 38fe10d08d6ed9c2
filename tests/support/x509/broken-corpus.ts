/** Bundles with mistakes, and the codes that the linter finds in each. Every mistake occurs in several PKIs. */
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import type { LintInput } from "../../../provider/x509/lint/lint.ts";
import { type Ca, type LeafOptions, makeCa, makeLeaf, sharedKeys } from "./factory.ts";
import { CA_LINES, LEAF_LINES, namesLine, opensslCertificate, opensslRequest, SERVER_LINES } from "./openssl.ts";
import { FROM, NAMES, opensslLeaf, type Pki, TO } from "./pki.ts";

export interface Bundle {
  readonly title: string;
  readonly input: LintInput;
  readonly codes: readonly string[];
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

type Row = readonly [title: string, change: Partial<LintInput>, ...codes: string[]];

/** Mistakes in the texts and in their fields: each is made in each PKI. */
export function brokenTexts(pki: Pki, foreign: Pki, now: number): readonly Bundle[] {
  const { leaf, lower, upper, root, sibling } = pki;
  const chain = lower.certificate + upper.certificate;
  const good: LintInput = { certificate: leaf.certificate, certificateChain: chain, privateKey: leaf.privateKey, now };
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const der = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
  const bad = (bytes: Buffer) =>
    `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64")}\n-----END CERTIFICATE-----\n`;
  const key = createPrivateKey(leaf.privateKey);
  const cipher = { cipher: "aes-256-cbc", passphrase: "secret" };
  const legacyType = pki.keyType.startsWith("RSA") ? ("pkcs1" as const) : ("sec1" as const);
  const legacy = key.export({ type: legacyType, format: "pem", ...cipher }).toString();
  const encrypted = key.export({ type: "pkcs8", format: "pem", ...cipher }).toString();
  const request = opensslRequest(leaf.privateKey, "/CN=www.example.com");
  const later = now + 60 * DAY_MS;
  const rows: readonly Row[] = [
    ["no certificate", { certificate: "" }, "CERT_MISSING"],
    ["white space as a certificate", { certificate: " \n\n" }, "CERT_MISSING"],
    ["a comment as a certificate", { certificate: "# nothing here\n" }, "CERT_NOT_PEM"],
    ["a file name as a certificate", { certificate: "./certs/www.pem" }, "CERT_NOT_PEM"],
    ["DER as a certificate", { certificate: der(leaf.certificate).toString("utf8") }, "CERT_NOT_PEM"],
    ["base64 without armour", { certificate: base64(der(leaf.certificate).toString("latin1")) }, "CERT_NOT_PEM"],
    ["a base64-encoded certificate", { certificate: base64(leaf.certificate) }, "CERT_BASE64_OF_PEM"],
    ["a base64-encoded chain", { certificateChain: base64(chain) }, "CERT_BASE64_OF_PEM"],
    ["a base64-encoded key", { privateKey: base64(leaf.privateKey) }, "CERT_BASE64_OF_PEM"],
    ["a certificate cut off", { certificate: leaf.certificate.slice(0, 300) }, "CERT_PEM_BROKEN"],
    ["a chain cut off", { certificateChain: chain.slice(0, -40) }, "CERT_PEM_BROKEN"],
    ["a certificate with a wrong letter", { certificate: leaf.certificate.replace("MII", "M!I") }, "CERT_PEM_BROKEN"],
    ["a certificate that lost bytes", { certificate: bad(der(leaf.certificate).subarray(0, 200)) }, "CERT_PEM_BROKEN"],
    [
      "a certificate with bytes behind",
      { certificate: bad(Buffer.concat([der(leaf.certificate), Buffer.alloc(3)])) },
      "CERT_PEM_BROKEN",
    ],
    ["a byte order mark", { certificate: `\ufeff${leaf.certificate}` }, "CERT_PEM_BROKEN"],
    ["escaped line breaks", { certificate: leaf.certificate.replaceAll("\n", "\\n") }, "CERT_PEM_BROKEN"],
    ["glued certificates", { certificateChain: chain.replace("-----\n-----", "----------") }, "CERT_PEM_BROKEN"],
    ["an indented certificate", { certificate: leaf.certificate.replace(/^/gm, "    ") }, "CERT_PEM_BROKEN"],
    ["a key on one line", { privateKey: leaf.privateKey.trim().replaceAll("\n", " ") }, "CERT_PEM_BROKEN"],
    ["a PKCS#7 bundle", { certificate: leaf.certificate.replaceAll("CERTIFICATE", "PKCS7") }, "CERT_PEM_BROKEN"],
    [
      "an empty line in the certificate",
      { certificate: leaf.certificate.replace("\n-----END", "\n\n-----END") },
      "CERT_PEM_FORM",
    ],
    ["a header in the chain", { certificateChain: chain.replace("-----\n", "-----\nComment: x\n") }, "CERT_PEM_FORM"],
    ["a key with CR alone", { privateKey: leaf.privateKey.replaceAll("\n", "\r") }, "CERT_PEM_FORM"],
    ["a chain with CR CR LF", { certificateChain: chain.replaceAll("\n", "\r\r\n") }, "CERT_PEM_FORM"],
    [
      "a certificate in quotes",
      { certificate: JSON.stringify(leaf.certificate.trim()).replaceAll("\\n", "\n") },
      "CERT_PEM_BROKEN",
    ],
    ["a full chain as a certificate", { certificate: leaf.certificate + chain, certificateChain: "" }, "CERT_SEVERAL"],
    ["a full chain beside a chain", { certificate: leaf.certificate + chain }, "CERT_SEVERAL"],
    ["a full chain, the leaf last", { certificate: lower.certificate + leaf.certificate }, "CERT_SEVERAL"],
    ["a request as a certificate", { certificate: request }, "CERT_CSR_AS_CERTIFICATE"],
    ["a key as a certificate", { certificate: leaf.privateKey }, "CERT_KEY_IN_CERTIFICATE"],
    ["a key beside the certificate", { certificate: leaf.certificate + leaf.privateKey }, "CERT_KEY_IN_CERTIFICATE"],
    ["a key in the chain", { certificateChain: chain + leaf.privateKey }, "CERT_KEY_IN_CERTIFICATE"],
    ["an encrypted key in the chain", { certificateChain: encrypted + chain }, "CERT_KEY_IN_CERTIFICATE"],
    ["an empty key", { privateKey: "" }, "CERT_KEY_MISSING"],
    ["a public key as a key", { privateKey: leaf.privateKey.replaceAll("PRIVATE", "PUBLIC") }, "CERT_KEY_MISSING"],
    ["garbage as a key", { privateKey: "hunter2" }, "CERT_NOT_PEM"],
    ["a damaged key", { privateKey: leaf.privateKey.replace(/M[A-Za-z0-9+/]{7}/, "AAAAAAAA") }, "CERT_PEM_BROKEN"],
    ["a certificate as a key", { privateKey: leaf.certificate }, "CERT_CERTIFICATE_IN_KEY"],
    ["a certificate beside the key", { privateKey: leaf.privateKey + leaf.certificate }, "CERT_CERTIFICATE_IN_KEY"],
    ["two keys", { privateKey: leaf.privateKey + sibling.privateKey }, "CERT_KEY_SEVERAL"],
    ["a key with a passphrase", { privateKey: encrypted }, "CERT_KEY_PASSPHRASE"],
    ["an old key with a passphrase", { privateKey: legacy }, "CERT_KEY_PASSPHRASE"],
    ["the key of another certificate", { privateKey: sibling.privateKey }, "CERT_KEY_MISMATCH"],
    ["the key of the CA", { privateKey: lower.privateKey }, "CERT_KEY_MISMATCH"],
    ["a key of another kind", { privateKey: foreign.leaf.privateKey }, "CERT_KEY_MISMATCH"],
    ["no chain", { certificateChain: "" }, "CERT_CHAIN_MISSING"],
    ["a reversed chain", { certificateChain: upper.certificate + lower.certificate }, "CERT_CHAIN_ORDER"],
    [
      "a chain from the root down",
      { certificateChain: root.certificate + upper.certificate + lower.certificate },
      "CERT_CHAIN_ORDER",
      "CERT_ROOT_IN_CHAIN",
    ],
    ["a chain without the signer", { certificateChain: upper.certificate }, "CERT_CHAIN_INCOMPLETE"],
    ["the root alone as a chain", { certificateChain: root.certificate }, "CERT_CHAIN_INCOMPLETE"],
    ["a chain with a gap", { certificateChain: lower.certificate + root.certificate }, "CERT_CHAIN_INCOMPLETE"],
    [
      "the leaf alone as a chain",
      { certificateChain: leaf.certificate },
      "CERT_LEAF_IN_CHAIN",
      "CERT_CHAIN_INCOMPLETE",
    ],
    ["the leaf before the chain", { certificateChain: leaf.certificate + chain }, "CERT_LEAF_IN_CHAIN"],
    ["the leaf behind the chain", { certificateChain: chain + leaf.certificate }, "CERT_LEAF_IN_CHAIN"],
    ["the root behind the chain", { certificateChain: chain + root.certificate }, "CERT_ROOT_IN_CHAIN"],
    ["a certificate twice in the chain", { certificateChain: chain + lower.certificate }, "CERT_CHAIN_DUPLICATE"],
    ["the chain of another CA", { certificateChain: foreign.lower.certificate }, "CERT_CHAIN_FOREIGN"],
    [
      "a foreign certificate behind the chain",
      { certificateChain: chain + foreign.lower.certificate },
      "CERT_CHAIN_FOREIGN",
    ],
    ["another leaf in the chain", { certificateChain: chain + sibling.certificate }, "CERT_CHAIN_FOREIGN"],
    ["an expired certificate", { now: later }, "CERT_EXPIRED"],
    ["a host that no name covers", { hosts: ["www.example.com", "example.org"] }, "CERT_HOST_NOT_COVERED"],
    ["a host below the wildcard's level", { hosts: ["a.b.cdn.example.com"] }, "CERT_HOST_NOT_COVERED"],
    [
      "a wrong key and no chain",
      { privateKey: sibling.privateKey, certificateChain: "" },
      "CERT_KEY_MISMATCH",
      "CERT_CHAIN_MISSING",
    ],
    [
      "a reversed chain, expired",
      { certificateChain: upper.certificate + lower.certificate, now: later },
      "CERT_CHAIN_ORDER",
      "CERT_EXPIRED",
    ],
    [
      "all fields mixed up",
      { certificate: leaf.privateKey, certificateChain: base64(leaf.certificate), privateKey: chain },
      "CERT_KEY_IN_CERTIFICATE",
      "CERT_BASE64_OF_PEM",
      "CERT_CERTIFICATE_IN_KEY",
    ],
  ];
  return rows.map(([title, change, ...codes]) => ({
    title: `${title} (${pki.title})`,
    input: { ...good, ...change },
    codes,
  }));
}

/** Mistakes in the certificate itself, made with @peculiar/x509. */
export async function brokenLeaves(ca: Ca, now: number): Promise<readonly Bundle[]> {
  const day = (text: string) => new Date(`${text}T00:00:00Z`);
  const lifetime = (from: string, days: number): Partial<LeafOptions> => ({
    notBefore: day(from),
    notAfter: new Date(day(from).getTime() + days * DAY_MS),
  });
  type Options = Partial<LeafOptions> & { readonly judgedAt?: number };
  const rows: readonly (readonly [string, Options, ...string[]])[] = [
    ["a certificate of tomorrow", { notBefore: new Date(now + DAY_MS), judgedAt: now }, "CERT_NOT_YET_VALID"],
    // One second more than the limit: notAfter counts too.
    ["398 days and a second", lifetime("2025-06-01", 398), "CERT_LIFETIME_TOO_LONG"],
    ["398 days on the last evening of 398", lifetime("2026-03-14", 399), "CERT_LIFETIME_TOO_LONG"],
    ["200 days and a second", lifetime("2026-03-15", 200), "CERT_LIFETIME_TOO_LONG"],
    ["100 days and a second", lifetime("2027-03-15", 100), "CERT_LIFETIME_TOO_LONG"],
    ["47 days and a second", lifetime("2029-03-15", 47), "CERT_LIFETIME_TOO_LONG"],
    ["ten years", lifetime("2026-03-15", 3650), "CERT_LIFETIME_TOO_LONG"],
    ["RSA-1024", { keyType: "RSA-1024" }, "CERT_WEAK_KEY"],
    ["a signature with SHA-1", { hash: "SHA-1" }, "CERT_WEAK_HASH"],
    ["client authentication alone", { usages: ["1.3.6.1.5.5.7.3.2"] }, "CERT_NO_SERVER_AUTH"],
    ["no extended key usage", { usages: [] }, "CERT_NO_SERVER_AUTH"],
    ["a CA with host names", { isCa: true }, "CERT_CA_AS_LEAF"],
    ["a common name alone", { subjectAlternativeNames: false }, "CERT_NO_NAMES"],
    ["a self-signed certificate", { ca: "self" }, "CERT_SELF_SIGNED"],
    ["a self-signed CA with host names", { ca: "self", isCa: true }, "CERT_SELF_SIGNED"],
    [
      "an old test certificate",
      { ca: "self", usages: [], keyType: "RSA-1024", hash: "SHA-1" },
      "CERT_SELF_SIGNED",
      "CERT_NO_SERVER_AUTH",
      "CERT_WEAK_KEY",
      "CERT_WEAK_HASH",
    ],
    ["a nameless CA", { isCa: true, subjectAlternativeNames: false }, "CERT_CA_AS_LEAF"],
  ];
  const bundles: Bundle[] = [];
  for (const [title, options, ...codes] of rows) {
    const leaf = await makeLeaf({ names: NAMES, ca, ...options });
    const judged = options.judgedAt ?? (options.notBefore === undefined ? now : options.notBefore.getTime() + DAY_MS);
    const { certificate, certificateChain, privateKey } = leaf;
    const chain = options.ca === "self" ? certificateChain : ca.certificate;
    const input = { certificate, certificateChain: chain, privateKey, now: judged };
    bundles.push({ title: `${title} (@peculiar/x509)`, input, codes });
  }
  return bundles;
}

/** Mistakes in the certificate itself, made with openssl: more curves and hashes than WebCrypto has. */
export function brokenOpensslLeaves(pki: Pki, now: number): readonly Bundle[] {
  const { privateKey } = pki.leaf;
  const names = namesLine(NAMES);
  const server = [...SERVER_LINES, names];
  // ECDSA with MD5 has no name.
  const oldest = pki.keyType.startsWith("RSA") ? "md5" : "sha1";
  type Options = Partial<Parameters<typeof opensslCertificate>[0]>;
  const curve = (name: string): Options => ({ privateKey: opensslKey(name) });
  const rows: readonly (readonly [string, Options, ...string[]])[] = [
    ["500 days", { days: 500 }, "CERT_LIFETIME_TOO_LONG"],
    ["RSA-1024", { privateKey: sharedKeys("RSA-1024").privateKey }, "CERT_WEAK_KEY"],
    ["the curve P-224", curve("secp224r1"), "CERT_WEAK_KEY"],
    ["the curve P-192", curve("prime192v1"), "CERT_WEAK_KEY"],
    ["the curve of Bitcoin", curve("secp256k1"), "CERT_UNUSUAL_KEY"],
    ["a Brainpool curve", curve("brainpoolP256r1"), "CERT_UNUSUAL_KEY"],
    ["a signature with SHA-1", { digest: "sha1" }, "CERT_WEAK_HASH"],
    ["the oldest hash of the key", { digest: oldest }, "CERT_WEAK_HASH"],
    [
      "code signing alone",
      { extensions: [...LEAF_LINES, names, "extendedKeyUsage = codeSigning"] },
      "CERT_NO_SERVER_AUTH",
    ],
    ["no extended key usage", { extensions: [...LEAF_LINES, names] }, "CERT_NO_SERVER_AUTH"],
    ["a CA with host names", { extensions: [...CA_LINES, names, "extendedKeyUsage = serverAuth"] }, "CERT_CA_AS_LEAF"],
    ["a common name alone", { extensions: SERVER_LINES }, "CERT_NO_NAMES"],
    ["e-mail names alone", { extensions: [...SERVER_LINES, "subjectAltName = email:a@example.com"] }, "CERT_NO_NAMES"],
    [
      "an old hash and 500 days and no usage",
      { digest: oldest, days: 500, extensions: [...LEAF_LINES, names] },
      "CERT_WEAK_HASH",
      "CERT_LIFETIME_TOO_LONG",
      "CERT_NO_SERVER_AUTH",
    ],
  ];
  const certificateChain = pki.lower.certificate + pki.upper.certificate;
  return rows.map(([title, options, ...codes]) => {
    const all = { privateKey, subject: "/CN=www.example.com", extensions: server, issuer: pki.lower, ...options };
    const input = { certificate: opensslCertificate(all), certificateChain, privateKey: all.privateKey, now };
    return { title: `${title} (openssl)`, input, codes };
  });
}

function opensslKey(namedCurve: string): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Mistakes in the certificates above the leaf. */
export async function brokenSigners(now: number): Promise<readonly Bundle[]> {
  const root = await makeCa({ commonName: "Root", notBefore: FROM, notAfter: TO });
  const keys = sharedKeys("EC-P256", 90);
  const below = (options: Parameters<typeof makeCa>[0]) =>
    makeCa({ commonName: "Signer", issuer: root, notBefore: FROM, notAfter: TO, ...options });
  const leafOf = async (ca: Ca, chain: string, title: string, ...codes: string[]): Promise<Bundle> => {
    const { certificate, privateKey } = await makeLeaf({ names: NAMES, ca });
    return { title, input: { certificate, certificateChain: chain, privateKey, now }, codes };
  };
  const expired = await below({ keys, notAfter: new Date(now - HOUR_MS) });
  const future = await below({ keys, notBefore: new Date(now + HOUR_MS) });
  const current = await below({ keys });
  const namesake = await below({ keys: sharedKeys("EC-P256", 91) });
  const sha1 = await below({
    keys: sharedKeys("RSA-2048", 92),
    issuer: await below({ keys: sharedKeys("RSA-2048", 93), commonName: "Old" }),
    hash: "SHA-1",
  });
  const small = await below({ keys: sharedKeys("RSA-1024", 94) });
  const upperExpired = await below({ commonName: "Upper", notAfter: new Date(now - HOUR_MS) });
  const lower = await below({ issuer: upperExpired, commonName: "Lower" });
  const plain = await makeLeaf({ names: ["signer.example.com"], ca: current, keys: sharedKeys("EC-P256", 95) });
  const noCa: Ca = { ...plain, issuer: current };
  const opensslNoCa = opensslLeaf(current, ["signer.example.com"], sharedKeys("EC-P256", 96));
  const noCaToo: Ca = { ...opensslNoCa, commonName: "", keys: sharedKeys("EC-P256", 96), issuer: current };
  return [
    await leafOf(expired, expired.certificate, "an expired signer", "CERT_CHAIN_EXPIRED"),
    await leafOf(future, future.certificate, "a signer of tomorrow", "CERT_CHAIN_EXPIRED"),
    await leafOf(
      current,
      expired.certificate + current.certificate,
      "an expired certificate of the same key beside the signer",
      "CERT_CHAIN_UPPER_EXPIRED",
    ),
    await leafOf(
      lower,
      lower.certificate + upperExpired.certificate,
      "an expired upper signer",
      "CERT_CHAIN_UPPER_EXPIRED",
    ),
    await leafOf(current, namesake.certificate, "a namesake of the signer", "CERT_CHAIN_FOREIGN"),
    await leafOf(
      current,
      current.certificate + namesake.certificate,
      "a namesake beside the signer",
      "CERT_CHAIN_FOREIGN",
    ),
    await leafOf(sha1, sha1.certificate, "a signer that is signed with SHA-1", "CERT_WEAK_HASH"),
    await leafOf(small, small.certificate, "a signer with RSA-1024", "CERT_WEAK_KEY"),
    await leafOf(noCa, noCa.certificate + current.certificate, "a signer that is no CA", "CERT_CHAIN_NOT_CA"),
    await leafOf(
      noCaToo,
      noCaToo.certificate + current.certificate,
      "a signer of openssl that is no CA",
      "CERT_CHAIN_NOT_CA",
    ),
  ];
}
