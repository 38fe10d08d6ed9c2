import { ApiProblem } from "./api-problem.ts";
import { type CertificateStatus, certificateStatus } from "./certificate.ts";
import { decodeBase64Text, pemBlocks } from "./pem.ts";

test.each<[boolean, boolean, number, CertificateStatus]>([
  [false, false, 99, "ISSUED"],
  [false, true, 99, "ACTIVE"],
  [false, true, 100, "ACTIVE"],
  [false, true, 101, "EXPIRED"],
  [false, false, 101, "EXPIRED"],
  [true, true, 99, "REVOKED"],
  [true, false, 101, "REVOKED"],
])("revoked %s, served %s, at %i of 100: %s", (revoked, served, now, status) => {
  expect(certificateStatus({ revoked, served, notAfterMs: 100 }, now)).toBe(status);
});

test.each([
  ["padded", "aGk=", "hi"],
  ["unpadded", "aGk", "hi"],
  ["with white space inside and around", " aG\nk=\r\n", "hi"],
  ["standard alphabet", "fn5+Pz8/Pg==", "~~~???>"],
  ["URL-safe alphabet", "fn5-Pz8_Pg==", "~~~???>"],
])("base64 %s is decoded", (_title, text, decoded) => expect(decodeBase64Text(text, "f")).toBe(decoded));

test.each(["", " ", "====", "a", "aGkx!", "-----BEGIN CERTIFICATE-----", "ab=c"])("%j is not base64", (text) => {
  expect(() => decodeBase64Text(text, "f")).toThrow(ApiProblem);
});

test("blocks are found in order, in free text, and only with matching BEGIN and END", () => {
  const text =
    "Bag Attributes\n-----BEGIN A-----\n1\n-----END A-----\nx\n-----BEGIN B C-----\n2\n-----END B C-----\n-----BEGIN D-----\n-----END E-----";
  expect(pemBlocks(text).map(({ label }) => label)).toEqual(["A", "B C"]);
});
