import { generateKeyPairSync, webcrypto, X509Certificate } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import "reflect-metadata";
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from "@peculiar/x509";
import { type CertificateAuthority, createCertificateAuthority } from "./ca.ts";

const now = Date.parse("2027-03-01T12:00:00Z");
const life = { notBefore: now, notAfter: now + 47 * 86_400_000 };
let directory: string;
let ca: CertificateAuthority;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ca-"));
  ca = await createCertificateAuthority({ directory, now: () => now });
});
afterAll(() => rm(directory, { recursive: true }));

test("the root is stored and reused", async () => {
  const again = await createCertificateAuthority({ directory, now: () => now });
  expect(again.certificatePem).toBe(ca.certificatePem);
  expect(again.path).toBe(join(directory, "ca.pem"));
  expect((await stat(join(directory, "ca-key.pem"))).mode & 0o777).toBe(0o600);
});

test("a server certificate is signed by the root and created once per host", async () => {
  const made = await ca.issueServer("login.cqloud.com");
  const leaf = new X509Certificate(made.certificatePem);
  expect(leaf.verify(new X509Certificate(ca.certificatePem).publicKey)).toBe(true);
  expect(leaf.checkHost("login.cqloud.com")).toBe("login.cqloud.com");
  expect(() => createSecureContext({ cert: made.certificatePem, key: made.keyPem })).not.toThrow();
  expect(await ca.issueServer("login.cqloud.com")).toBe(made);
});

test("a server certificate is valid on the emulator's clock and on the machine's", async () => {
  const leaf = new X509Certificate((await ca.issueServer("users.cqloud.com")).certificatePem);
  for (const time of [now, Date.now()]) {
    expect(Date.parse(leaf.validFrom)).toBeLessThan(time);
    expect(Date.parse(leaf.validTo)).toBeGreaterThan(time);
  }
});

test("a server certificate is created again when the clock leaves its validity period", async () => {
  let time = now;
  const moving = await createCertificateAuthority({ directory, now: () => time });
  const before = await moving.issueServer("login.cqloud.com");
  time += 10 * 365 * 86_400_000;
  expect(await moving.issueServer("login.cqloud.com")).not.toEqual(before);
});

test.each([
  [
    "RSA",
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 },
  ],
  ["EC", { name: "ECDSA", hash: "SHA-256", namedCurve: "P-384" }],
])("a request with an %s key becomes a certificate for its names", async (_title, algorithm) => {
  const { certificatePem, chainPem } = ca.signCsr(await request("CN=www.example.com", algorithm), life);
  const leaf = new X509Certificate(certificatePem);
  const intermediate = new X509Certificate(chainPem);
  expect(leaf.subjectAltName).toBe("DNS:www.example.com, DNS:*.example.com");
  expect(leaf.subject).toBe("CN=www.example.com");
  expect(leaf.verify(intermediate.publicKey)).toBe(true);
  expect(intermediate.verify(new X509Certificate(ca.certificatePem).publicKey)).toBe(true);
  expect([Date.parse(leaf.validFrom), Date.parse(leaf.validTo)]).toEqual([life.notBefore, life.notAfter]);
  expect(leaf.ca).toBe(false);
  expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
});

test("a request without alternative names gets its common name", async () => {
  const csr = await request("CN=only.example.com", { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" }, []);
  const { certificatePem } = ca.signCsr(csr, life);
  expect(new X509Certificate(certificatePem).subjectAltName).toBe("DNS:only.example.com");
});

test("a request with a wrong signature is rejected", async () => {
  const csr = await request("CN=a.example.com", { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" });
  const bytes = Buffer.from(csr.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  const at = bytes.indexOf("a.example.com");
  bytes.write("b", at);
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  expect(() => ca.signCsr(forged, life)).toThrow("signature");
});

test("a certificate that ends after 2049 has the right dates", async () => {
  const notAfter = Date.parse("2051-02-03T04:05:06Z");
  const csr = await request("CN=a.example.com", { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" });
  const leaf = new X509Certificate(ca.signCsr(csr, { notBefore: now, notAfter }).certificatePem);
  expect(Date.parse(leaf.validTo)).toBe(notAfter);
});

test("a text that is not a request is rejected", () => {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" });
  expect(() => ca.signCsr(key.toString(), life)).toThrow();
});

async function request(
  name: string,
  algorithm: webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams,
  names = ["www.example.com", "*.example.com"],
): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const csr = await Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: { ...algorithm, hash: "SHA-256" },
    extensions:
      names.length === 0
        ? []
        : [new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns" as const, value })))],
  });
  return csr.toString("pem");
}
