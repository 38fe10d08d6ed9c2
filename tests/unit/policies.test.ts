/** Every rule of docs/policies.md on what may happen to a resource, with values that are known and that are not. */
import { evaluate } from "../../provider/policies/evaluate.ts";
import type { PlannedResource } from "../../provider/policies/planned.ts";
import { readPolicies, UnreadablePolicies } from "../../provider/policies/policy-file.ts";
import { RULES } from "../../provider/policies/rules.ts";
import { UNKNOWN } from "../../provider/run/lifecycle.ts";

const NOW = Date.UTC(2026, 10, 27);
const OPERATIONS = ["create", "update", "replace", "delete"] as const;
type Operation = (typeof OPERATIONS)[number];
type Properties = Readonly<Record<string, unknown>>;

interface Row {
  readonly rule: string;
  readonly kind: string;
  /** Inputs, and for a removal the state. */
  readonly broken: Properties;
  readonly kept: Properties;
  readonly unknown: Properties;
  /** What is said of the broken and of the unknown ones, per operation; left out: nothing. */
  readonly says: Says;
  readonly notKnown: Says;
}

type Says = Partial<Record<Operation, string>>;

const onInputs = (text: string): Says => ({ create: text, update: text, replace: text });
const unknownInput = (what: string): Says => onInputs(`not known before the run: ${what}`);
const LINK = { hosts: ["www.example.com"], dnsNames: ["www.example.com"], ipAddresses: [] };

const TABLE: readonly Row[] = [
  {
    rule: "minimum-days-left",
    kind: "Certificate",
    broken: { notAfter: "2026-12-02T00:00:00Z" },
    kept: { notAfter: "2026-12-11T00:00:00Z" },
    unknown: { notAfter: UNKNOWN },
    says: onInputs("it is valid until 2026-12-02 (5 days left); at least 14 days are required"),
    notKnown: unknownInput("when the certificate expires"),
  },
  {
    rule: "minimum-days-left",
    kind: "SiteCertificateLink",
    broken: { certificate: "issuance", notAfter: "2026-11-20T00:00:00Z" },
    kept: { certificateId: 31, notAfter: "2026-11-20T00:00:00Z" },
    unknown: { certificate: "issuance", notAfter: "" },
    says: onInputs("it is valid until 2026-11-20 (expired 7 days ago); at least 14 days are required"),
    notKnown: unknownInput("when the certificate expires"),
  },
  {
    rule: "maximum-lifetime",
    kind: "Certificate",
    broken: { notBefore: "2026-01-01T00:00:00Z", notAfter: "2026-07-20T00:00:00Z" },
    kept: { notBefore: "2026-01-01T00:00:00Z", notAfter: "2026-07-19T23:59:59Z" },
    unknown: { notBefore: "2026-01-01T00:00:00Z", notAfter: UNKNOWN },
    says: onInputs("it is valid for 201 days; at most 200 are allowed"),
    notKnown: unknownInput("how long the certificate is valid"),
  },
  {
    rule: "key-strength",
    kind: "Certificate",
    broken: { keyType: "RSA-1024" },
    kept: { keyType: "EC-P256" },
    unknown: { keyType: UNKNOWN },
    says: onInputs("its key is RSA-1024; at least 2048 bits are required"),
    notKnown: unknownInput("the key type"),
  },
  {
    rule: "coverage-required",
    kind: "SiteCertificateLink",
    broken: { ...LINK, hosts: ["www.example.com", "shop.example.com"] },
    kept: LINK,
    unknown: { ...LINK, dnsNames: UNKNOWN },
    says: onInputs("its certificate does not cover shop.example.com"),
    notKnown: unknownInput("the names of the certificate"),
  },
  {
    rule: "coverage-required",
    kind: "SiteCertificateLink",
    broken: { ...LINK, dnsNames: [] },
    kept: { ...LINK, dnsNames: ["*.example.com"] },
    unknown: { ...LINK, hosts: undefined },
    says: onInputs("its certificate does not cover www.example.com"),
    notKnown: unknownInput("the secured hosts"),
  },
  {
    rule: "coverage-off",
    kind: "SiteCertificateLink",
    broken: { coverage: "off" },
    kept: { coverage: "warn" },
    unknown: { coverage: UNKNOWN },
    says: onInputs("nothing checks that its certificate covers the hosts"),
    notKnown: unknownInput("`coverage`"),
  },
  {
    rule: "rollback-off",
    kind: "SiteCertificateLink",
    broken: { rollback: false },
    kept: {},
    unknown: { rollback: UNKNOWN },
    says: onInputs("a failed rotation is not rolled back"),
    notKnown: unknownInput("`rollback`"),
  },
  {
    rule: "proof-required",
    kind: "SiteCertificateLink",
    broken: { requires: { minAgeMinutes: 60 } },
    kept: { requires: { proof: { fingerprint: "ab" } } },
    unknown: { requires: UNKNOWN },
    says: onInputs("it requires no proof, but its stack is a production stack"),
    notKnown: unknownInput("the proof"),
  },
  {
    rule: "link-deletion",
    kind: "SiteCertificateLink",
    broken: { linkedCertificateId: 31, targets: { staging: {}, ga: {} } },
    kept: { linkedCertificateId: null, targets: {} },
    unknown: { linkedCertificateId: 31, targets: {} },
    says: {
      delete: "it is deleted, and the site is live on ga and staging",
      replace: "it moves to another site, and the site is live on ga and staging",
    },
    // Of what is not known the worst is taken: clients see a deleted link before anybody can put it right.
    notKnown: {
      delete: "it is deleted, and the state does not show whether the site is live",
      replace: "it moves to another site, and the state does not show whether the site is live",
    },
  },
  {
    rule: "template-delegation",
    kind: "CertificateTemplate",
    broken: {},
    kept: { autoManaged: false },
    unknown: { autoManaged: UNKNOWN },
    says: {
      create: "no resource of another package uses its delegation records",
      replace: "no resource of another package uses its delegation records",
    },
    notKnown: unknownInput("`autoManaged`"),
  },
  {
    rule: "template-delegation",
    kind: "CertificateTemplate",
    broken: { autoManaged: true },
    kept: { delegation: "verify" },
    unknown: { delegation: UNKNOWN },
    says: {
      create: "no resource of another package uses its delegation records",
      replace: "no resource of another package uses its delegation records",
    },
    notKnown: unknownInput("`delegation`"),
  },
];

function resource(kind: string, op: Operation | "same", properties: Properties, stack = "prod"): PlannedResource {
  return {
    op,
    kind,
    name: "www",
    urn: `urn:pulumi:${stack}::web::pulumi-nodejs:dynamic/qwilt:${kind}::www`,
    before: op === "create" ? undefined : properties,
    wanted: op === "delete" ? undefined : properties,
  };
}

function verdict(rule: string, one: PlannedResource, usedByOthers: ReadonlySet<string> | undefined = new Set()) {
  const policies = readPolicies(JSON.stringify({ all: "disabled", [rule]: "advisory" }));
  return evaluate(policies, [one], { now: NOW, usedByOthers }).map(({ text }) => text);
}

const CASES = TABLE.flatMap((row) => OPERATIONS.map((op) => ({ ...row, op })));

test.each(CASES)("$rule on $op of a $kind: broken, kept and not known", ({ rule, kind, op, ...row }) => {
  const said = (properties: Properties) => verdict(rule, resource(kind, op, properties));
  const list = (says: Says) => (says[op] === undefined ? [] : [says[op]]);
  expect({ broken: said(row.broken), kept: said(row.kept), unknown: said(row.unknown) }).toEqual({
    broken: list(row.says),
    kept: [],
    unknown: list(row.notKnown),
  });
});

test("link-deletion is kept by a link that is replaced on demand and stays on its site", () => {
  const link = resource("SiteCertificateLink", "replace", {
    siteId: "5f",
    linkedCertificateId: 31,
    targets: { ga: {} },
  });
  expect(verdict("link-deletion", link)).toEqual([]);
  expect(verdict("link-deletion", { ...link, wanted: { siteId: "60" } })).toHaveLength(1);
});

test("every rule stands in the table", () => {
  expect(new Set(TABLE.map(({ rule }) => rule))).toEqual(new Set(RULES.map(({ id }) => id)));
});

test("proof-required is about the stacks that are named, by default prod and production", () => {
  expect(verdict("proof-required", resource("SiteCertificateLink", "create", {}, "dev"))).toEqual([]);
  expect(verdict("proof-required", resource("SiteCertificateLink", "create", {}, "production"))).toHaveLength(1);
});

test("what Qwilt issued is judged by the state while nothing changes, and not known while something does", () => {
  const issued = { notBefore: "2026-09-01T00:00:00Z", notAfter: "2026-12-01T00:00:00Z" };
  expect(verdict("minimum-days-left", resource("CertificateIssuance", "same", issued))).toEqual([
    "it is valid until 2026-12-01 (4 days left); at least 14 days are required",
  ]);
  expect(verdict("maximum-lifetime", resource("CertificateIssuance", "update", issued))).toEqual([
    "not known before the run: how long the certificate is valid",
  ]);
});

test("template-delegation is kept by a resource of another package, and not known when nothing tells", () => {
  const template = resource("CertificateTemplate", "create", {});
  expect(verdict("template-delegation", template, new Set([template.urn]))).toEqual([]);
  const policies = readPolicies(`{"all": "disabled", "template-delegation": "advisory"}`);
  const findings = evaluate(policies, [template], { now: NOW, usedByOthers: undefined });
  expect(findings.map((one) => one.verdict)).toEqual(["not-known"]);
});

test("broken rules come first, mandatory ones before advisory ones, in any order of the resources", () => {
  const policies = readPolicies(`{"rollback-off": "mandatory", "coverage-required": "mandatory"}`);
  const link = resource("SiteCertificateLink", "update", { rollback: false, coverage: "off" });
  const certificate = resource("Certificate", "create", { keyType: "RSA-1024" });
  const surroundings = { now: NOW, usedByOthers: undefined };
  const findings = evaluate(policies, [link, certificate], surroundings);
  expect(findings.map((one) => `${one.verdict} ${one.enforcement} ${one.rule}`)).toEqual([
    "broken mandatory rollback-off",
    "broken advisory key-strength",
    "broken advisory coverage-off",
    "broken advisory proof-required",
    "not-known mandatory coverage-required",
    "not-known advisory minimum-days-left",
    "not-known advisory maximum-lifetime",
  ]);
  expect(evaluate(policies, [certificate, link], surroundings)).toEqual(findings);
});

test("parameters of the file count", () => {
  const policies = readPolicies(
    `{"all": "disabled", "key-strength": {"enforcementLevel": "mandatory", "ecBits": 384}}`,
  );
  const [finding] = evaluate(policies, [resource("Certificate", "create", { keyType: "EC-P256" })], {
    now: NOW,
    usedByOthers: undefined,
  });
  expect(finding).toMatchObject({
    enforcement: "mandatory",
    text: "its key is EC-P256; at least 384 bits are required",
  });
});

test("without settings every rule is advisory", () => {
  const policies = readPolicies("{}");
  expect(policies.map(({ rule, enforcement }) => [rule.id, enforcement])).toEqual(
    RULES.map(({ id }) => [id, "advisory"]),
  );
});

test.each([
  ["no", "it is not JSON"],
  ["[1]", "it is not an object with a rule per key"],
  [
    `{"rollback": "advisory"}`,
    `there is no rule "rollback"; the rules are minimum-days-left, maximum-lifetime, key-strength`,
  ],
  [`{"rollback-off": "severe"}`, `"rollback-off" is advisory, mandatory, disabled, or an object`],
  [`{"rollback-off": {"enforcementLevel": "severe"}}`, `"rollback-off" is advisory, mandatory, disabled, or an object`],
  [`{"rollback-off": {"days": 3}}`, "(its parameters: none)"],
  [`{"minimum-days-left": {"days": "3"}}`, "minimum-days-left.days: "],
  [`{"all": {"days": 3}}`, `"all" takes only an enforcement level`],
])("%s is no policy file, and that is said", (text, why) => {
  expect(() => readPolicies(text)).toThrow(UnreadablePolicies);
  expect(() => readPolicies(text)).toThrow(why);
});
