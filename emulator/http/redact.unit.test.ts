import { redact, redactTarget } from "./redact.ts";

const pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
const base64 = (text: string) => Buffer.from(text).toString("base64");
const inBase64 = base64(pem);
const token = "eyJhbGciOiJSUzI1NiJ9.eyJrZXlJZCI6IjEifQ.c2lnbmF0dXJl";

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
    { certificate: base64(`-----BEGIN CERTIFICATE-----\n${pem}`) },
    { certificate: "[hidden]" },
  ],
  ["a key in base64 behind one byte more", { certificate: base64(` ${pem}`) }, { certificate: "[hidden]" }],
  ["a key in base64 behind two bytes more", { certificate: base64(`  ${pem}`) }, { certificate: "[hidden]" }],
  ["a body that is a text", pem, "[hidden]"],
  ["a token in any field", { note: `Bearer ${token}.` }, { note: "Bearer [hidden]." }],
  ["a secret in any field", { note: ["open sesame, please"] }, { note: ["[hidden], please"] }],
])("%s", (_title, body, shown) => expect(redact(body, ["open sesame"])).toEqual(shown));

test.each([
  ["//api/v2/sites/", "//api/v2/sites/"],
  ["/login?orgId=a&x=1?2=3&&y", "/login?orgId=a&x=1?2=3&&y"],
  ["/a?api_key=b=c&password=&d=e", "/a?api_key=[hidden]&password=&d=e"],
  [`/api/1/api-keys/${token}`, "/api/1/api-keys/[hidden]"],
  ["/a?b=open%20sesame", "/a?b=[hidden]"],
])("the request target %s is shown as %s", (target, shown) =>
  expect(redactTarget(target, ["open sesame"])).toBe(shown),
);
