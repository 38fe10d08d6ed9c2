/** Kinds of change that a report has to make clear, as programs over a stack that is prepared once. */

import { corporateCa, managedProgram, selfManagedProgram } from "../programs/signing-programs.ts";
import { HOSTS, type SiteProgram, siteProgram } from "../programs/site-program.ts";
import { makeCa } from "../x509/factory.ts";
import { type Material, materialOf } from "../x509/materials.ts";
import { startOfToday } from "./settle.ts";

export type Given = Awaited<ReturnType<typeof givenMaterials>>;

export interface ReportCase {
  readonly name: string;
  readonly risk: "none" | "brief" | "review" | "stop";
  readonly program: (given: Given) => string;
  /** The risk by the events, which do not contain what the reason is about. */
  readonly riskByEvents?: "brief";
  /** Of `pulumi preview`. */
  readonly args?: readonly string[];
}

const WILDCARD = "*.static.example.com";
const NAMES = [...HOSTS, WILDCARD];
const DAY_MS = 86_400_000;

/** Valid until noon, so that the time of day changes no date. */
export async function givenMaterials() {
  const today = await startOfToday();
  const noon = (days: number) => new Date(today + (days + 0.5) * DAY_MS);
  const until = (days: number, options: Parameters<typeof materialOf>[0] = {}) =>
    materialOf({ names: NAMES, notBefore: noon(Math.min(-1, days - 47)), notAfter: noon(days), ...options });
  const root = await makeCa({ commonName: "Other Root" });
  const otherCa = await makeCa({ commonName: "Other Intermediate", issuer: root });
  const materials = {
    now: await until(38),
    next: await until(44),
    soon: await until(8),
    rsa: await until(44, { keyType: "RSA-2048" }),
    issuer: await until(44, { ca: otherCa }),
    noWildcard: await until(44, { names: HOSTS }),
    fewer: await until(44, { names: HOSTS.slice(0, 1) }),
    wildcard: await until(44, { names: ["*.example.com", WILDCARD] }),
    more: await until(44, { names: [...NAMES, "api.example.com"] }),
    expired: await until(-3),
  };
  return { today, materials };
}

/** Each in a scope and with names of its own. */
const block = (program: string, name: string, domain: string) =>
  `{${program.replaceAll('"www"', `"${name}"`).replaceAll("example.com", domain)}}\n`;

export const uploaded = (material: Material, more: Partial<SiteProgram> = {}) =>
  `{${siteProgram({ material, ...more })}}\n`;
export const managed = (change = (program: string) => program, link: "issuance" | "template" = "issuance") =>
  block(change(managedProgram(link)), "managed", "example.net");
export const selfManaged = (rotation = "1") =>
  block(selfManagedProgram(corporateCa(), rotation), "corporate", "example.org");

export const prepared = ({ materials }: Given) => uploaded(materials.now);
export const preparedIssued = () => managed() + selfManaged();

type Materials = Given["materials"];
const live =
  (material: (materials: Materials) => Material, more: Partial<SiteProgram> = {}): ReportCase["program"] =>
  ({ materials }) =>
    uploaded(material(materials), more);
const now = (materials: Materials) => materials.now;
const next = (materials: Materials) => materials.next;

/** As staging exports it. */
const proofOf = ({ fingerprint, notAfter }: Material) =>
  JSON.stringify({
    siteId: "8e5044dadd4a63b8d2d8b36e",
    target: "staging",
    fingerprint,
    publishId: "p",
    activatedAt: "2026-02-28T00:00:00.000Z",
    notAfter,
    seen: "handshake",
  });

const THING = `class Thing extends pulumi.dynamic.Resource {
  constructor(name) { super({ async create() { return { id: "1", outs: { made: 7 } }; } }, name, { made: undefined }, undefined, "test", "Thing"); }
}
const thing = new Thing("thing");
`;
const STAGING = `new q.SitePublication("www-staging", { siteId: site.siteId, revisionId: configuration.revisionId, target: "staging" }, { dependsOn: [link] });`;
const inside = (program: string, more: string) => program.replace(/\}\n$/, `${more}}\n`);

function changed(from: string | RegExp, to: string): (program: string) => string {
  return (program) => {
    const done = program.replace(from, to);
    if (done === program) throw new Error(`the program has no ${from}`);
    return done;
  };
}

/** The prepared program with another text in one place. */
const edited =
  (from: string, to: string): ReportCase["program"] =>
  (given) =>
    changed(from, to)(prepared(given));

/** Of an empty stack. */
export const FIRST: readonly ReportCase[] = [{ name: "first-certificate", risk: "brief", program: live(now) }];

/** Of the stack with the site that has an uploaded certificate. */
export const CHANGES: readonly ReportCase[] = [
  { name: "nothing", risk: "none", program: prepared },
  { name: "rotation", risk: "brief", program: live(next) },
  { name: "revision", risk: "brief", program: live(now, { origin: "new.example.com" }) },
  { name: "rotation-and-revision", risk: "brief", program: live(next, { origin: "new.example.com" }) },
  { name: "names-added", risk: "brief", program: live(({ more }) => more) },
  { name: "names-by-wildcard", risk: "brief", program: live(({ wildcard }) => wildcard) },
  { name: "earlier-expiry", risk: "review", program: live(({ soon }) => soon) },
  { name: "wildcard-lost", risk: "review", program: live(({ noWildcard }) => noWildcard) },
  { name: "names-lost", risk: "review", program: live(({ fewer }) => fewer, { hosts: HOSTS.slice(0, 1) }) },
  { name: "no-cover", risk: "stop", program: live(({ fewer }) => fewer) },
  { name: "no-cover-warned", risk: "review", program: live(({ fewer }) => fewer, { link: 'coverage: "warn",' }) },
  { name: "coverage-off", risk: "review", program: live(({ fewer }) => fewer, { link: 'coverage: "off",' }) },
  { name: "another-key-type", risk: "review", program: live(({ rsa }) => rsa) },
  { name: "another-issuer", risk: "review", program: live(({ issuer }) => issuer) },
  { name: "certificate-expired", risk: "stop", program: live(({ expired }) => expired) },
  { name: "key-of-another", risk: "stop", program: live(({ now: one, next: other }) => ({ ...one, key: other.key })) },
  { name: "roll-back-off", risk: "review", program: live(next, { link: "rollback: false," }) },
  { name: "next-publish", risk: "brief", program: live(next, { link: 'activate: "next-publish",' }) },
  { name: "description", risk: "none", program: live(now, { description: "the web shop" }) },
  { name: "link-removed", risk: "review", program: live(now, { link: false }) },
  { name: "unpublished", risk: "review", program: live(now, { publication: false }) },
  {
    name: "proof-given",
    risk: "brief",
    program: ({ materials }) => uploaded(materials.next, { link: `requires: { proof: ${proofOf(materials.next)} },` }),
  },
  {
    name: "proof-of-an-earlier-certificate",
    risk: "stop",
    program: ({ materials }) => uploaded(materials.next, { link: `requires: { proof: ${proofOf(materials.now)} },` }),
  },
  { name: "staging-added", risk: "brief", program: (given) => inside(prepared(given), STAGING) },
  {
    name: "moved-to-staging",
    risk: "review",
    program: edited(
      "revisionId: configuration.revisionId }, {",
      'revisionId: configuration.revisionId, target: "staging" }, {',
    ),
  },
  {
    name: "site-replaced",
    risk: "review",
    program: edited('siteName: "www.example.com"', 'siteName: "www.example.com", routingMethod: "HTTP"'),
  },
  { name: "all-deleted", risk: "review", program: () => "" },
  { name: "program-fails", risk: "stop", program: () => `throw new Error("no vault today");` },
  {
    name: "certificate-not-known",
    risk: "brief",
    program: (given) =>
      THING + edited(" certificate, hosts: configuration.securedHosts,", " certificateId: thing.made,")(given),
  },
  { name: "other-packages", risk: "brief", program: (given) => THING + live(next)(given) },
];

/** Of a stack whose certificate is about to expire. */
export const EXPIRING: readonly ReportCase[] = [
  { name: "expires-soon", risk: "none", program: live(({ soon }) => soon) },
  { name: "expires-soon-rotated", risk: "brief", program: live(next) },
];

/** Of the same, after somebody linked a certificate of their own by hand. */
export const BY_HAND: readonly ReportCase[] = [
  { name: "by-hand-not-read", risk: "none", program: prepared },
  { name: "by-hand", risk: "stop", program: prepared, args: ["--refresh"] },
  {
    name: "by-hand-replaced",
    risk: "review",
    program: live(next, { link: "replaceExisting: true," }),
    args: ["--refresh"],
  },
];

/** Of an empty stack: certificates that are made from a template. */
export const FIRST_ISSUED: readonly ReportCase[] = [
  { name: "first-managed", risk: "brief", program: () => managed() },
  { name: "first-self-managed", risk: "brief", program: () => selfManaged() },
  {
    name: "delegation-not-made",
    risk: "review",
    riskByEvents: "brief",
    program: () => managed(changed(/const records = [\s\S]*?\n\}\);/, "const records = [];")),
  },
];

const TEMPLATE = "certificateTemplateId: template.certificateTemplateId }";
const OTHER_NAME = 'subjectAlternativeNames: ["shop.example.com"]';

/** Of the stack with both such sites. */
export const CHANGES_ISSUED: readonly ReportCase[] = [
  { name: "self-managed-rotation", risk: "brief", program: () => managed() + selfManaged("2") },
  {
    name: "managed-retriggered",
    risk: "brief",
    program: () => managed(changed(TEMPLATE, `${TEMPLATE.slice(0, -2)}, retrigger: "2026-11" }`)) + selfManaged(),
  },
  { name: "managed-by-template", risk: "none", program: () => managed(undefined, "template") + selfManaged() },
  {
    name: "managed-names-changed",
    risk: "brief",
    program: () => managed(changed(OTHER_NAME, OTHER_NAME.replace("]", ', "api.example.com"]'))) + selfManaged(),
  },
  {
    name: "managed-host-lost",
    risk: "stop",
    program: () => managed(changed(OTHER_NAME, "subjectAlternativeNames: []")) + selfManaged(),
  },
  {
    name: "managed-coverage-warn",
    risk: "review",
    program: () =>
      managed((program) =>
        changed(
          OTHER_NAME,
          "subjectAlternativeNames: []",
        )(
          changed(
            "hosts: configuration.securedHosts,",
            'hosts: configuration.securedHosts, coverage: "warn",',
          )(program),
        ),
      ) + selfManaged(),
  },
  { name: "several-sites", risk: "review", program: () => selfManaged("2") },
  // Last, because Pulumi keeps the setting in the stack.
  {
    name: "managed-expires-soon",
    risk: "none",
    program: preparedIssued,
    args: ["--config", "qwilt:expiryWarningDays=365"],
  },
];
