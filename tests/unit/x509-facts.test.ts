import { createHash, X509Certificate } from "node:crypto";
import { certificateFacts, publicKeyHash, readPrivateKey } from "../../provider/x509/facts.ts";
import { FindingError } from "../../provider/x509/finding.ts";
import { type KeyType, makeLeaf, sharedCa, sharedKeys } from "../support/x509/factory.ts";

const KEY_TYPES: readonly KeyType[] = ["RSA-2048", "RSA-3072", "EC-P256", "EC-P384", "EC-P521", "Ed25519"];

test.each(KEY_TYPES)("facts of a certificate with a key of %s agree with node:crypto", async (keyType) => {
  const leaf = await makeLeaf({ names: ["www.Example.com", "*.example.com", "192.0.2.7", "2001:db8::1"], keyType });
  const node = new X509Certificate(leaf.certificate);
  const facts = certificateFacts(leaf.certificate);
  expect(facts).toEqual({
    fingerprint: node.fingerprint256.replaceAll(":", "").toLowerCase(),
    commonName: "www.Example.com",
    dnsNames: ["*.example.com", "www.example.com"],
    ipAddresses: ["192.0.2.7", "2001:db8::1"],
    issuer: "CN=Test Intermediate",
    serialNumber: node.serialNumber,
    notBefore: `${new Date(node.validFrom).toISOString().slice(0, 19)}Z`,
    notAfter: `${new Date(node.validTo).toISOString().slice(0, 19)}Z`,
    keyType,
    publicKeyHash: createHash("sha256")
      .update(node.publicKey.export({ type: "spki", format: "der" }))
      .digest("hex"),
  });
  expect(publicKeyHash(readPrivateKey(leaf.privateKey))).toBe(facts.publicKeyHash);
});

test("facts are the same with comments, bag attributes and CRLF around the block", async () => {
  const { certificate } = await makeLeaf({ names: ["www.example.com"] });
  const dressed = `Bag Attributes\r\n    friendlyName: www\r\n# a comment\r\n${certificate.replaceAll("\n", "\r\n")}\r\n`;
  expect(certificateFacts(dressed)).toEqual(certificateFacts(certificate));
});

test("facts of a full chain are those of its first certificate", async () => {
  const leaf = await makeLeaf({ names: ["www.example.com"] });
  expect(certificateFacts(leaf.certificate + leaf.certificateChain)).toEqual(certificateFacts(leaf.certificate));
});

function findingOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof FindingError) return error.finding;
    throw error;
  }
  return undefined;
}

test.each([
  ["an empty text", "", "CERT_MISSING"],
  ["text that is no PEM", "hello", "CERT_NOT_PEM"],
  ["a PEM block of something else", sharedKeys().privateKey, "CERT_MISSING"],
  [
    "bytes that are no certificate",
    "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n",
    "CERT_PEM_BROKEN",
  ],
])("facts of %s are rejected with a finding", (_title, text, code) => {
  expect(findingOf(() => certificateFacts(text))).toMatchObject({ code, severity: "error", property: "certificate" });
});

test("a key with a passphrase, a certificate and garbage are rejected with a finding", async () => {
  const encrypted = sharedKeys().keyObject.export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "x",
  });
  const legacy = sharedKeys("RSA-2048").keyObject.export({
    type: "pkcs1",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "x",
  });
  const { certificate } = await sharedCa();
  const codeOf = (text: string) => findingOf(() => publicKeyHash(readPrivateKey(text)))?.code;
  expect(codeOf(encrypted.toString())).toBe("CERT_KEY_PASSPHRASE");
  expect(codeOf(legacy.toString())).toBe("CERT_KEY_PASSPHRASE");
  expect(codeOf(certificate)).toBe("CERT_CERTIFICATE_IN_KEY");
  expect(codeOf("garbage")).toBe("CERT_NOT_PEM");
  expect(codeOf("")).toBe("CERT_KEY_MISSING");
  expect(codeOf("-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----\n")).toBe("CERT_PEM_BROKEN");
});
