import { redact } from "./redact.ts";

const pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
const inBase64 = Buffer.from(pem).toString("base64");

test.each([
  ["null", null, null],
  ["a plain body", { siteName: "a", list: [1, { b: true }] }, { siteName: "a", list: [1, { b: true }] }],
  ["a key", { privateKey: "x" }, { privateKey: "[hidden]" }],
  ["an empty key, which hides nothing", { privateKey: "" }, { privateKey: "" }],
  [
    "names in other spellings",
    { private_key: "x", PASSWORD: "y", apiToken: "z" },
    { private_key: "[hidden]", PASSWORD: "[hidden]", apiToken: "[hidden]" },
  ],
  ["a key deep inside", { a: [{ password: "x" }] }, { a: [{ password: "[hidden]" }] }],
  ["a key in PEM in another field", { certificate: pem }, { certificate: "[hidden]" }],
  ["a key in base64 in another field", { certificate: inBase64 }, { certificate: "[hidden]" }],
  [
    "a key behind a certificate in base64",
    { certificate: Buffer.from(`-----BEGIN CERTIFICATE-----\n${pem}`).toString("base64") },
    { certificate: "[hidden]" },
  ],
  ["a body that is a text", pem, "[hidden]"],
])("%s", (_title, body, shown) => expect(redact(body)).toEqual(shown));
