/**
 * Mistakes in a program are reported at preview, on their property, all at once, and before any call; unknowns are not
 * mistakes.
 */
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";
import { hostIndex, siteProgram } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

let emulator: EmulatorProcess;
let stack: Stack;
let material: Material;
let later: Material;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  stack = await createStack(emulator);
  // More days left than the warning window.
  const [, first, second] = await materials(3);
  if (first === undefined || second === undefined) throw new Error("three certificates were asked for");
  [material, later] = [first, second];
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

/** The lines of Diagnostics about a resource, without the engine's prefix. */
function findings(output: string): string[] {
  const diagnostics = output.split("Diagnostics:\n")[1]?.split("\nResources:")[0] ?? "";
  return diagnostics.split("\n").flatMap((line) => {
    const [, property, text] =
      /error: .* resource '\w+'(?:: property (\w+) value .*)? has a problem: (.*)$/.exec(line) ?? [];
    return text === undefined ? [] : [`${property ?? "-"}: ${text}`];
  });
}

const pem = (one: Material) =>
  `certificate: ${JSON.stringify(one.leaf)}, certificateChain: ${JSON.stringify(one.chain)}`;

describe("a mistake is reported before any call", () => {
  test.each<[string, () => string, string[]]>([
    [
      "a wrong type, a wrong value and a mistyped name",
      () => `new q.Site("it", { siteName: 5, routingMethod: "dns", routinMethod: "DNS" });`,
      [
        "siteName: siteName must be text, not a number.",
        'routingMethod: routingMethod must be "DNS" or "HTTP".',
        "routinMethod: routinMethod is not an argument of this resource. Did you mean routingMethod?",
      ],
    ],
    [
      "a missing field beside an inner value of the wrong type",
      () => `new q.SitePublication("it", { revisionId: "r", timeouts: { update: "soon" } });`,
      ["siteId: siteId is missing.", "timeouts: timeouts.update must be a number, not text."],
    ],
    [
      "two that exclude each other, a missing field and a wrong type",
      () =>
        `new q.Certificate("it", { certificate: ${JSON.stringify(material.leaf)}, privateKey: ${JSON.stringify(material.key)}, csrId: 3, description: 7 });`,
      [
        "certificateChain: certificateChain is missing.",
        "description: description must be text, not a number.",
        expect.stringMatching(/^csrId: .*mutually exclusive/),
      ],
    ],
    [
      "two ways to name the certificate of a link",
      () =>
        `new q.SiteCertificateLink("it", { siteId: "s", certificateId: 4, certificateTemplateId: 5, rollback: "yes" });`,
      [
        "rollback: rollback must be true or false, not text.",
        expect.stringMatching(/^certificateTemplateId: .*mutually exclusive/),
      ],
    ],
    [
      "a template in the place of a certificate",
      () =>
        `new q.SiteCertificateLink("it", { siteId: "s", certificate: new q.CertificateTemplate("t", { commonName: "www.example.com" }), coverage: "none" });`,
      [
        'coverage: coverage must be "require", "warn" or "off".',
        expect.stringMatching(/^certificate: certificate must be a Certificate or CertificateIssuance object;/),
      ],
    ],
    [
      "an id in the place of a certificate",
      () => `new q.SiteCertificateLink("it", { siteId: "s", certificate: pulumi.output("25") });`,
      [expect.stringMatching(/^certificate: certificate must be .*pass an id as certificateId/)],
    ],
    [
      "a configuration that is no JSON",
      () => `new q.SiteConfiguration("it", { siteId: "s", hostIndex: "{not json" });`,
      [expect.stringMatching(/^hostIndex: hostIndex is not JSON/)],
    ],
    [
      "a long configuration that is no JSON, without repeating it",
      () => `new q.SiteConfiguration("it", { siteId: "s", hostIndex: "{${"not json, ".repeat(30)}" });`,
      [expect.stringMatching(/^-: hostIndex: hostIndex is not JSON/)],
    ],
    [
      "a certificate in the place of its chain, without repeating either",
      () => {
        const { leaf, key } = material;
        return `new q.Certificate("it", { certificate: ${JSON.stringify(`${leaf}x`)}, certificateChain: ${JSON.stringify(leaf)}, privateKey: ${JSON.stringify(key)} });`;
      },
      [expect.stringMatching(/^-: certificate/)],
    ],
    [
      "a key that belongs to another certificate",
      () => `new q.Certificate("it", { ${pem(material)}, privateKey: ${JSON.stringify(later.key)} });`,
      [expect.stringMatching(/privateKey.*\[CERT_KEY_MISMATCH\]$/)],
    ],
  ])("%s", async (_title, program, told) => {
    stack.write(program());
    const run = await stack.pulumi(["preview"]);
    expect(run.code).not.toBe(0);
    expect(findings(run.all)).toEqual(told);
    expect(run.all).not.toMatch(/unhandled exception|\bat .*\.js:\d|PRIVATE KEY|-----BEGIN|not json, not json/);
    expect(await emulator.ledger()).toEqual([]);
  });
});

describe("an unknown is not a mistake, and nothing is promised about it", () => {
  // Outputs of a site that does not exist yet, of every type, at every position.
  const unknowns = `
const other = new q.Site("other", { siteName: "other" });
const text = other.delegationTarget;
const number = text.apply((known) => known.length);
const yes = text.apply(() => true);
const list = text.apply((known) => [known]);
`;

  test("in place of any argument, before anything exists", async () => {
    stack.write(`${unknowns}
new q.Site("a", { siteName: text, routingMethod: text });
new q.SiteConfiguration("a", { siteId: text, hostIndex: text, changeDescription: text });
new q.SitePublication("a", { siteId: text, revisionId: text, target: text, timeouts: { update: number } });
new q.Certificate("a", { certificate: text, certificateChain: text, privateKey: text, description: text, expiryNotify: yes, email: text, lint: { allow: list } });
new q.Certificate("b", { ${pem(material)}, csrId: number });
new q.Certificate("c", { ${pem(material)}, privateKey: text });
new q.CertificateTemplate("a", { commonName: text, subjectAlternativeNames: list, autoManaged: yes, country: text, state: text });
new q.CertificateIssuance("a", { certificateTemplateId: number, wait: text });
new q.SiteCertificateLink("a", { siteId: text, certificateId: number, hosts: list, coverage: text, activate: text, replaceExisting: yes, rollback: yes, timeouts: text.apply(() => ({})) });
new q.SiteCertificateLink("b", { siteId: text, certificateTemplateId: number });
`);
    const preview = await stack.preview();
    expect(preview.all).not.toMatch(/error|warning|04da6b54|undefined|NaN|Symbol/);
    expect(preview.all).toMatch(/Certificate a create(?!.*valid until)/);
    expect(preview.all).toMatch(/Certificate c create.*valid until \d/);
    expect(preview.all).toMatch(
      /SiteCertificateLink a create link the new certificate; whether it is republished now is/,
    );
    expect(preview.all).toMatch(/CertificateTemplate a create new key and CSR at Qwilt$/m);
    expect(preview.all).toMatch(/CertificateIssuance a create check whether/);
    expect(await emulator.ledger()).toEqual([]);
  });

  test("inside lists and objects, before anything exists", async () => {
    stack.write(`${unknowns}
const index = ${JSON.stringify(hostIndex(["www.example.com"]))};
index.hosts.push({ ...index.hosts[0], host: text });
const configuration = new q.SiteConfiguration("a", { siteId: "s", hostIndex: index });
new q.CertificateTemplate("a", { commonName: "www.example.com", subjectAlternativeNames: ["shop.example.com", text] });
new q.SiteCertificateLink("a", { siteId: "s", certificateId: 4, hosts: ["www.example.com", text] });
new q.SiteCertificateLink("b", { siteId: "t", certificateId: 4, hosts: configuration.securedHosts });
`);
    const preview = await stack.preview();
    expect(preview.all).not.toMatch(/error|warning|04da6b54|undefined|NaN|Symbol/);
    expect(await emulator.ledger()).toEqual([]);
  });

  test("in an update: the plan describes the certificate, and says nothing about unknown dates", async () => {
    const program = siteProgram({ material });
    stack.write(program);
    await stack.up();
    const since = await emulator.mark();
    stack.write(
      `${unknowns}${program.replace(JSON.stringify(material.leaf), "text").replace("origin.example.com", "origin2.example.com")}`,
    );
    const preview = await stack.preview();
    expect(preview.all).not.toMatch(/error|warning|04da6b54|undefined|NaN|Symbol/);
    expect(preview.all).toMatch(
      /SiteCertificateLink www update.*unlink \d+ -> link the new certificate -> publish the new revision on ga/,
    );
    expect(preview.all).toMatch(
      /Certificate www .*valid until \(known after the certificate is issued\), was \d{4}-\d\d-\d\d/,
    );
    expect(preview.all).toMatch(/SiteConfiguration www update.*save revision 2/);
    expect(preview.all).toMatch(/SitePublication www update.*publish the new revision to ga/);
    expect(await emulator.ledger(since)).toEqual([]);
  });
});
