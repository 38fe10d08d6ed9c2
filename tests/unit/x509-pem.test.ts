import fc from "fast-check";
import { sameBlocks } from "../../provider/x509/compare.ts";
import { certificateFacts, publicKeyHash, readPrivateKey } from "../../provider/x509/facts.ts";
import { FindingError } from "../../provider/x509/finding.ts";
import { LINT_RULES } from "../../provider/x509/finding-catalog.ts";
import { lifetimeDays, lifetimeLimitDays } from "../../provider/x509/lint/lifetime.ts";
import { lintCertificate } from "../../provider/x509/lint/lint.ts";
import { readPem } from "../../provider/x509/pem.ts";
import { sentCertificates, sentKey } from "../../provider/x509/sent.ts";
import { makeLeaf } from "../support/x509/factory.ts";

const BODY = "QUJD";
const block = (label: string, body = BODY) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

test.each([
  ["CERTIFICATE", "certificate"],
  ["X509 CERTIFICATE", "certificate"],
  ["PRIVATE KEY", "private-key"],
  ["RSA PRIVATE KEY", "private-key"],
  ["EC PRIVATE KEY", "private-key"],
  ["ENCRYPTED PRIVATE KEY", "encrypted-private-key"],
  ["PUBLIC KEY", "public-key"],
  ["CERTIFICATE REQUEST", "certificate-request"],
  ["NEW CERTIFICATE REQUEST", "certificate-request"],
  ["EC PARAMETERS", "parameters"],
  ["PKCS7", "other"],
  ["TRUSTED CERTIFICATE", "other"],
])("a block with the label %s is of the kind %s", (label, kind) => {
  const { blocks, faults } = readPem(block(label));
  expect(faults).toEqual([]);
  expect(blocks).toEqual([{ label, kind, der: Buffer.from("ABC"), text: block(label) }]);
});

test("an old key with a passphrase is recognized by its header", () => {
  const text = block("RSA PRIVATE KEY", `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n${BODY}`);
  expect(readPem(text).blocks.map(({ kind }) => kind)).toEqual(["encrypted-private-key"]);
});

test.each([
  ["a comment before", `# hello\n${block("CERTIFICATE")}`],
  ["a comment that names a Windows path", `friendlyName: C:\\new\\www\n${block("CERTIFICATE")}`],
  ["CRLF", block("CERTIFICATE").replaceAll("\n", "\r\n")],
  ["CR", block("CERTIFICATE").replaceAll("\n", "\r")],
  ["indented base64", block("CERTIFICATE", `   ${BODY}`)],
  ["base64 on several lines", block("CERTIFICATE", "QU\nJD")],
])("%s is not a fault", (_title, text) => {
  expect(readPem(text)).toMatchObject({ blocks: [{ kind: "certificate", der: Buffer.from("ABC") }], faults: [] });
});

test.each([
  ["a byte order mark", `\ufeff${block("CERTIFICATE")}`],
  ["escaped line breaks", block("CERTIFICATE").replaceAll("\n", "\\n")],
  ["escaped CRLF", block("CERTIFICATE").replaceAll("\n", "\\r\\n")],
  ["glued blocks", block("X509 CERTIFICATE").trimEnd() + block("CERTIFICATE")],
  [
    "blanks in the place of line breaks",
    block("CERTIFICATE")
      .trimEnd()
      .replace(/(?<=-)\n|\n(?=-)/g, " "),
  ],
  ["an indented block", block("CERTIFICATE").replace(/^/gm, "  ")],
])("%s is one fault, and the block is still read", (_title, text) => {
  const { blocks, faults } = readPem(text);
  expect(faults.map(({ kind }) => kind)).toEqual(["broken"]);
  expect(blocks.at(-1)).toMatchObject({ kind: "certificate", der: Buffer.from("ABC") });
});

test.each([
  ["CR", block("CERTIFICATE").replaceAll("\n", "\r"), "CR alone (line 1)"],
  ["CR CR LF", block("CERTIFICATE").replaceAll("\n", "\r\r\n"), "two CR and an LF (line 1)"],
  ["an empty line before END", block("CERTIFICATE", `${BODY}\n`), "an empty line inside a block (line 3)"],
  ["an empty line in the second block", block("X") + block("CERTIFICATE", `${BODY}\n\n${BODY}`), "(line 6)"],
  ["a header", block("PRIVATE KEY", `Comment: x\n${BODY}`), "a header inside a block (line 2)"],
  ["a no-break space", block("CERTIFICATE", `${BODY}\u00a0`), "an invisible character (line 2)"],
  ["an old label", block("X509 CERTIFICATE"), "the old label X509 CERTIFICATE (line 1)"],
])("%s is an oddity with its line, not a fault, and the block is in its standard form", (_title, text, where) => {
  const { blocks, faults, oddities } = readPem(text);
  expect(faults).toEqual([]);
  expect(oddities).toEqual([expect.stringContaining(where)]);
  expect(blocks.at(-1)?.text).toMatch(/^-----BEGIN [A-Z0-9 ]+-----\n(QUJD)+\n-----END [A-Z0-9 ]+-----\n$/);
});

test("invalid base64 is reported with its own line", () => {
  const { faults } = readPem(block("CERTIFICATE", `${BODY}\n${BODY}\n# x`));
  expect(faults.map(({ what }) => what)).toEqual(["has a block that is not valid base64 (line 4)"]);
});

test("what is sent contains only the certificates, or only the key, and the same text in its standard form is no change", () => {
  const dressed = `# mine\n${block("X509 CERTIFICATE", `${BODY}\n\n${BODY}`)}\ufeff\n${block("PUBLIC KEY")}`;
  expect(sentCertificates(dressed)).toBe(block("CERTIFICATE", `${BODY}${BODY}`));
  expect(sentKey(`${block("EC PARAMETERS")}# mine\n${block("EC PRIVATE KEY")}`)).toBe(block("EC PRIVATE KEY"));
  expect(sameBlocks(sentCertificates(block("CERTIFICATE", `${BODY}\n\n`)), block("CERTIFICATE"))).toBe(true);
  expect(sentCertificates("")).toBe("");
});

test.each([
  ["no END line", "-----BEGIN CERTIFICATE-----\nQUJD\n"],
  ["no BEGIN line before the second END line", `${block("CERTIFICATE")}-----END CERTIFICATE-----\n`],
  ["an END line of another label", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END PRIVATE KEY-----\n"],
  ["an empty block", block("CERTIFICATE", "")],
  ["base64 of the wrong length", block("CERTIFICATE", "QUJ")],
  ["letters of the URL alphabet", block("CERTIFICATE", "QU-_")],
])("%s is a fault", (_title, text) => {
  expect(readPem(text).faults.map(({ kind }) => kind)).toEqual(["broken"]);
});

test.each([
  ["2020-08-31", 825],
  ["2020-09-01", 398],
  ["2026-03-14", 398],
  ["2026-03-15", 200],
  ["2027-03-14", 200],
  ["2027-03-15", 100],
  ["2029-03-14", 100],
  ["2029-03-15", 47],
  ["2017-01-01", undefined],
])("a certificate of %s may be valid for %s days", (day, limit) => {
  expect(lifetimeLimitDays(Date.parse(`${day}T00:00:00Z`))).toBe(limit);
});

test("a lifetime counts its last second, and a second more is a day more", () => {
  const notBefore = Date.parse("2026-01-01T00:00:00Z");
  expect(lifetimeDays({ notBefore, notAfter: Date.parse("2026-01-01T23:59:59Z") })).toBe(1);
  expect(lifetimeDays({ notBefore, notAfter: Date.parse("2026-01-02T00:00:00Z") })).toBe(2);
});

/** A certificate or key with some bytes of its DER, or some characters of its text, replaced. */
function damaged(pem: string) {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  const label = /BEGIN ([A-Z ]+)/.exec(pem)?.[1] ?? "";
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const bytes = fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 3 }).map((changes) => {
    const copy = Buffer.from(der);
    for (const [at, value] of changes) copy[Math.floor(at * copy.length)] = value;
    return block(label, copy.toString("base64"));
  });
  const letters = fc.tuple(place, fc.string({ maxLength: 3 })).map(([at, text]) => {
    const index = Math.floor(at * pem.length);
    return pem.slice(0, index) + text + pem.slice(index + text.length);
  });
  return fc.oneof(bytes, letters, fc.string());
}

test("damaged certificates, chains and keys give findings of the catalog, and never anything else", async () => {
  const { certificate, certificateChain, privateKey } = await makeLeaf({ names: ["www.example.com", "192.0.2.1"] });
  const codes = new Set<string>(LINT_RULES.map(({ code }) => code));
  const orFinding = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      expect(error).toBeInstanceOf(FindingError);
    }
  };
  fc.assert(
    fc.property(
      fc.oneof(fc.constant(certificate), damaged(certificate)),
      fc.oneof(fc.constant(certificateChain), damaged(certificateChain)),
      fc.oneof(fc.constant(privateKey), damaged(privateKey)),
      (leaf, chain, key) => {
        const input = { certificate: leaf, certificateChain: chain, privateKey: key, now: Date.now() };
        expect(lintCertificate(input).filter(({ code }) => !codes.has(code))).toEqual([]);
        orFinding(() => certificateFacts(leaf));
        orFinding(() => publicKeyHash(readPrivateKey(key)));
      },
    ),
    { numRuns: 3000 },
  );
});

test.each<[string, (leaf: string) => string]>([
  ["spaces behind a certificate", (leaf) => `${leaf}${" ".repeat(500_000)}`],
  ["a line of escaped line breaks", (leaf) => leaf.replaceAll("\n", "\\n").repeat(400)],
  ["spaces before a certificate", (leaf) => `${" ".repeat(500_000)}\n${leaf}`],
])("half a megabyte of %s is read in a moment", async (_what, made) => {
  const { certificate } = await makeLeaf({ names: ["www.example.com"] });
  const startedAt = performance.now();
  expect(readPem(made(certificate)).blocks.length).toBeGreaterThan(0);
  // A look-behind over each character of a line takes a minute and more.
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test.each<[string, (key: string) => string]>([
  ["cut off", (key) => key.slice(0, -30)],
  ["glued together", (key) => key.replaceAll("\n", "")],
  ["damaged", (key) => key.replace(/\n./, "\n!")],
])(
  "a key in the chain is reported as one although it is %s: no suppressed finding lets it through",
  async (_what, damage) => {
    const leaf = await makeLeaf({ names: ["www.example.com"] });
    const findings = lintCertificate({
      certificate: leaf.certificate,
      certificateChain: leaf.certificateChain + damage(leaf.privateKey),
      now: Date.now(),
      allow: ["CERT_PEM_BROKEN"],
    });
    expect(findings.map(({ code }) => code)).toContain("CERT_KEY_IN_CERTIFICATE");
  },
);
