/** examples/policy-pack in Pulumi's process for packs, as `pulumi preview --policy-pack` drives it. */
import { join } from "node:path";
import { RULES } from "../../provider/policies/rules.ts";
import { ROOT, UNKNOWN_VALUE } from "../support/engine/dynamic-process.ts";
import { type PolicyPackProcess, type Registered, startPolicyPack } from "../support/engine/policy-pack.ts";

let pack: PolicyPackProcess;

beforeAll(async () => {
  pack = await startPolicyPack(join(ROOT, "examples/policy-pack"));
}, 60_000);

afterAll(() => pack?.close());

/** Checked inputs as the engine hands them over, hidden ones included. */
function registered(kind: string, properties: Readonly<Record<string, unknown>>): Registered {
  const type = `pulumi-nodejs:dynamic/qwilt:${kind}`;
  const urn = `urn:pulumi:prod::web::${type}::www`;
  return { urn, type, name: "www", properties: { __provider: "text", __urn: urn, ...properties } };
}

const kept = { siteId: "a", certificateId: 31, hosts: ["www.example.com"], dnsNames: ["www.example.com"] };

test("the pack has every rule but those about what goes away, with their parameters", async () => {
  const rules = RULES.filter(({ about }) => about !== "removal");
  expect(await pack.policies()).toEqual(
    Object.fromEntries(rules.map(({ id, parameters }) => [id, Object.keys(parameters.shape).toSorted()])),
  );
});

test("a broken rule is reported on its resource, with what to do", async () => {
  const link = registered("SiteCertificateLink", { ...kept, requires: { proof: {} }, rollback: false });
  expect(await pack.analyze(link)).toEqual([
    {
      policy: "rollback-off",
      level: "advisory",
      urn: link.urn,
      message: expect.stringContaining(
        "SiteCertificateLink www: a failed rotation is not rolled back. Remove `rollback: false`.",
      ),
    },
  ]);
});

test("values that are not known yet break nothing, at any depth, and stop no rule", async () => {
  const unknown = {
    siteId: UNKNOWN_VALUE,
    certificateId: UNKNOWN_VALUE,
    hosts: ["www.example.com", UNKNOWN_VALUE],
    dnsNames: UNKNOWN_VALUE,
    requires: { proof: { fingerprint: UNKNOWN_VALUE } },
    coverage: UNKNOWN_VALUE,
    rollback: false,
  };
  const found = await pack.analyze(registered("SiteCertificateLink", unknown));
  expect(found.map(({ policy }) => policy)).toEqual(["rollback-off"]);
  const certificate = { keyType: UNKNOWN_VALUE, notBefore: UNKNOWN_VALUE, notAfter: UNKNOWN_VALUE };
  expect(await pack.analyze(registered("Certificate", certificate))).toEqual([]);
  expect(await pack.analyze(registered("CertificateIssuance", { certificateTemplateId: UNKNOWN_VALUE }))).toEqual([]);
});

test("resources of other packages are not judged", async () => {
  const type = "aws:acm/certificate:Certificate";
  const urn = `urn:pulumi:prod::web::${type}::www`;
  expect(await pack.analyze({ urn, type, name: "www", properties: { keyType: "RSA-1024" } })).toEqual([]);
});

test("a template whose delegation records nothing takes is found among the resources of the stack", async () => {
  const template = registered("CertificateTemplate", { commonName: "www.example.com" });
  const type = "aws:route53/record:Record";
  const record = { urn: `urn:pulumi:prod::web::${type}::www`, type, name: "www", properties: { name: UNKNOWN_VALUE } };
  const taken = { ...record, propertyDependencies: { name: [template.urn] } };
  expect((await pack.analyzeStack([template, record])).map(({ policy, urn }) => [policy, urn])).toEqual([
    ["template-delegation", template.urn],
  ]);
  expect(await pack.analyzeStack([template, taken])).toEqual([]);
});

test("level and parameters come from the configuration of the pack", async () => {
  await pack.configure({ "key-strength": { level: "mandatory", parameters: { ecBits: 384 } } });
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const certificate = registered("Certificate", { keyType: "EC-P256", notBefore: day(-1), notAfter: day(40) });
  expect(await pack.analyze(certificate)).toMatchObject([
    { policy: "key-strength", level: "mandatory", message: expect.stringContaining("at least 384 bits are required") },
  ]);
});
