/** What a preview means for traffic: one entry per site, and the risk of the whole with its reasons. Pure. */

import { evaluate, type Finding } from "../policies/evaluate.ts";
import type { Policy } from "../policies/policy-file.ts";
import type { SiteCertificateLinkState } from "../resources/site-certificate-link/args.ts";
import { plannedSteps } from "../resources/site-certificate-link/resource.ts";
import type { LinkStep } from "../rotation/plan.ts";
import { UNKNOWN } from "../run/lifecycle.ts";
import { describeExpiry, type ExpiryWarning } from "../x509/expiry.ts";
import type { Planned, Preview, Said } from "./preview.ts";

/** From nothing to see to nothing to merge. */
export const RISKS = ["none", "brief", "review", "stop"] as const;
export type Risk = (typeof RISKS)[number];

export interface Reason {
  readonly risk: Risk;
  readonly text: string;
}

/** What is known of a certificate; a field is missing while it is not known. */
export interface CertificateSummary {
  readonly id?: number;
  readonly dnsNames?: readonly string[];
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly issuer?: string;
  readonly keyType?: string;
  readonly fingerprint?: string;
}

export interface Publish {
  readonly target: string;
  readonly what: "republish" | "publish" | "unpublish";
  /** The state does not know whether the site is live there: the run looks. */
  readonly ifLive?: true;
}

export interface SiteReport {
  /** The site's name, its id, or the name of the resource. */
  readonly site: string;
  readonly risk: Risk;
  readonly reasons: readonly string[];
  readonly now: CertificateSummary | undefined;
  readonly next: CertificateSummary | "none" | undefined;
  /** Secured hosts; undefined: read from the configuration in the run. */
  readonly hosts: readonly string[] | undefined;
  readonly sequence: readonly { readonly resource: string; readonly text: string }[];
  readonly publishes: readonly Publish[];
  readonly lastUnlinkedMs: number | undefined;
  readonly messages: readonly (Said & { readonly resource: string })[];
}

export interface ExpiringCertificate {
  readonly resource: string;
  readonly ends: string;
  readonly notAfter: string;
  readonly renewedBy: string;
}

export interface Report {
  readonly risk: Risk;
  readonly reasons: readonly Reason[];
  readonly sites: readonly SiteReport[];
  readonly expiring: readonly ExpiringCertificate[];
  readonly errors: readonly string[];
  readonly others: Readonly<Record<string, number>>;
  /** What the policies make of it; undefined when none were given. */
  readonly policies?: readonly Finding[] | undefined;
}

export interface AssessOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly expiryWarning: ExpiryWarning;
  readonly policies?: readonly Policy[] | undefined;
}

export function assess(preview: Preview, options: AssessOptions): Report {
  const bySite = groupBySite(preview.planned);
  const all = bySite.map((group) => reportOf(group, preview));
  const sites = all.filter(({ risk, messages }) => risk !== "none" || messages.some(isLoud));
  const errors = [
    ...preview.said.filter(({ severity }) => severity === "error").map(({ text }) => text),
    ...preview.planned.flatMap(({ kind, name, said }) =>
      said.filter(({ severity }) => severity === "error").map(({ text }) => `${kind} ${name}: ${text}`),
    ),
  ];
  const { usedByOthers } = preview;
  const policies = options.policies && evaluate(options.policies, preview.planned, { now: options.now, usedByOthers });
  const reasons: Reason[] = [
    ...errors.map((text): Reason => ({ risk: "stop", text: opening(text) })),
    ...(policies ?? []).filter(isForbidden).map((one): Reason => ({ risk: "stop", text: describeFinding(one) })),
    ...sites.flatMap(({ site, risk, reasons: why }) => why.map((text): Reason => ({ risk, text: `${site}: ${text}` }))),
  ];
  return {
    risk: worst(reasons.map(({ risk }) => risk)),
    reasons,
    sites,
    expiring: expiring(preview.planned, options),
    errors,
    others: preview.others,
    policies,
  };
}

/** Advice is shown and changes no risk: what is advised against on every change would make every report ask for a review. */
const isForbidden = ({ verdict, enforcement }: Finding) => verdict === "broken" && enforcement === "mandatory";

interface SiteGroup {
  readonly name: string;
  readonly members: readonly Planned[];
}

/** A resource belongs to the site that its siteId comes from: an id, or the Site resource of the program. */
function groupBySite(planned: readonly Planned[]): SiteGroup[] {
  const groups = new Map<string, Planned[]>();
  const names = new Map<string, string>();
  const idOfUrn = new Map<string, string>();
  for (const { kind, urn, before } of planned)
    if (kind === "Site" && typeof before?.siteId === "string") idOfUrn.set(urn, before.siteId);
  for (const one of planned) {
    const key = siteKey(one, idOfUrn);
    if (key === undefined) continue;
    groups.set(key, [...(groups.get(key) ?? []), one]);
    const siteName = one.kind === "Site" ? (one.wanted ?? one.before)?.siteName : undefined;
    if (typeof siteName === "string") names.set(key, siteName);
  }
  return [...groups]
    .map(([key, members]) => ({ name: names.get(key) ?? nameOf(members, key), members }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Pulumi leaves resources that stay as they are out of its JSON, so a Site is rarely there to tell its name. */
function nameOf(members: readonly Planned[], key: string): string {
  const first = ["SiteCertificateLink", "SitePublication", "SiteConfiguration"].flatMap(
    (kind) => members.find((one) => one.kind === kind)?.name ?? [],
  )[0];
  return first === undefined ? key : `${first} (site ${key})`;
}

function siteKey(one: Planned, idOfUrn: ReadonlyMap<string, string>): string | undefined {
  if (one.kind === "Site") return idOfUrn.get(one.urn) ?? one.urn;
  const siteId = one.wanted?.siteId ?? one.before?.siteId;
  if (typeof siteId === "string") return siteId;
  return one.sources.siteId?.[0];
}

function reportOf({ name, members }: SiteGroup, { planned }: Preview): SiteReport {
  const link = members.find(({ kind }) => kind === "SiteCertificateLink");
  const source = planned.find(({ urn }) => link?.sources.certificateId?.includes(urn));
  const state = link?.before as SiteCertificateLinkState | undefined;
  const now = state === undefined ? undefined : summary(state, source?.before);
  const steps = stepsOf(link, state);
  const next = nextOf(link, source, steps);
  const reasons = [...reasonsOfLink(link, state, now, next, steps), ...reasonsOfOthers(members, steps)];
  const messages = members.flatMap(({ kind, name: resource, said }) =>
    said.filter(isLoud).map((one) => ({ ...one, resource: `${kind} ${resource}` })),
  );
  for (const { severity, text } of messages)
    reasons.push({ risk: severity === "error" ? "stop" : "review", text: opening(text) });
  const risk = worst(reasons.map((one) => one.risk));
  return {
    site: name,
    risk,
    reasons: reasons.filter((one) => one.risk === risk).map(({ text }) => text),
    now,
    next,
    hosts: strings(link?.wanted?.hosts) ?? strings(link?.before?.hosts),
    sequence: inOrder([...members, ...(source === undefined ? [] : [source])]),
    publishes: publishesOf(members, steps, link),
    lastUnlinkedMs: state?.unlinkedForMs,
    messages,
  };
}

const isLoud = ({ severity }: Said) => severity !== "info";

/** Which steps at Qwilt the link will take. A link that is created has no site to observe yet. */
function stepsOf(link: Planned | undefined, state: SiteCertificateLinkState | undefined): readonly LinkStep[] {
  if (link === undefined || state === undefined || link.op === "same") return [];
  if (link.op === "delete" || link.wanted === undefined) return plannedSteps(state, null);
  return plannedSteps(state, link.wanted as Parameters<typeof plannedSteps>[1]);
}

function summary(link: object, certificate: Readonly<Record<string, unknown>> | undefined): CertificateSummary {
  const linked: Readonly<Record<string, unknown>> = { ...link };
  const same = certificate !== undefined && certificate.fingerprint === linked.fingerprint;
  const from = same ? { ...certificate, ...linked } : linked;
  return {
    ...(typeof from.linkedCertificateId === "number" ? { id: from.linkedCertificateId } : {}),
    ...textOf(from, "notBefore"),
    ...textOf(from, "notAfter"),
    ...textOf(from, "issuer"),
    ...textOf(from, "keyType"),
    ...textOf(from, "fingerprint"),
    ...(strings(from.dnsNames) === undefined ? {} : { dnsNames: strings(from.dnsNames) ?? [] }),
  };
}

/** undefined: it stays as it is. */
function nextOf(
  link: Planned | undefined,
  source: Planned | undefined,
  steps: readonly LinkStep[],
): SiteReport["next"] {
  if (link === undefined || link.op === "same") return undefined;
  if (link.op === "delete" || link.wanted === undefined) return "none";
  if (link.op !== "create" && !steps.some(({ kind }) => kind === "link")) return undefined;
  return summary(link.wanted, source?.wanted);
}

function reasonsOfLink(
  link: Planned | undefined,
  state: SiteCertificateLinkState | undefined,
  now: CertificateSummary | undefined,
  next: SiteReport["next"],
  steps: readonly LinkStep[],
): Reason[] {
  if (link === undefined) return [];
  if (next === "none")
    return [{ risk: "review", text: "its certificate is unlinked: the site has no HTTPS afterwards" }];
  if (link.op === "replace")
    return [{ risk: "review", text: "the link moves to another site: this one has no certificate afterwards" }];
  if (next === undefined)
    return steps.length === 0 ? [] : [{ risk: "brief", text: "an interrupted change is completed" }];
  if (state === undefined) return [{ risk: "brief", text: "a certificate is linked for the first time" }];
  const reasons: Reason[] = [];
  const gone = (now?.dnsNames ?? []).filter((name) => next.dnsNames !== undefined && !next.dnsNames.includes(name));
  if (gone.length > 0)
    reasons.push({ risk: "review", text: `the next certificate does not have the names ${gone.join(", ")}` });
  if (next.notAfter !== undefined && now?.notAfter !== undefined && next.notAfter < now.notAfter)
    reasons.push({
      risk: "review",
      text: `the next certificate expires earlier: ${day(next.notAfter)}, now ${day(now.notAfter)}`,
    });
  if (next.keyType !== undefined && now?.keyType !== undefined && next.keyType !== now.keyType)
    reasons.push({ risk: "review", text: `another key type: ${next.keyType}, now ${now.keyType}` });
  if (next.issuer !== undefined && now?.issuer !== undefined && next.issuer !== now.issuer)
    reasons.push({ risk: "review", text: `another issuer: ${next.issuer}, now ${now.issuer}` });
  if (reasons.length === 0) reasons.push({ risk: "brief", text: "a rotation; every name stays covered" });
  return reasons;
}

function reasonsOfOthers(members: readonly Planned[], steps: readonly LinkStep[]): Reason[] {
  return members.flatMap(({ kind, op, before }): Reason[] => {
    if (kind === "SitePublication" && op === "delete")
      return [{ risk: "review", text: `the site is taken off the network (${before?.target ?? "ga"})` }];
    if (kind === "Site" && (op === "delete" || op === "replace"))
      return [{ risk: "review", text: "the site is deleted" }];
    const carried = steps.some((step) => step.kind === "publish");
    if (kind === "SitePublication" && op === "create") return [{ risk: "brief", text: "the site goes live" }];
    if (kind === "SitePublication" && op !== "same" && !carried)
      return [{ risk: "brief", text: "a new configuration goes live" }];
    return [];
  });
}

function publishesOf(members: readonly Planned[], steps: readonly LinkStep[], link: Planned | undefined): Publish[] {
  const planned = steps.flatMap((step): Publish[] =>
    step.kind === "republish" || step.kind === "publish" ? [{ target: step.target, what: step.kind }] : [],
  );
  const moves = steps.some(({ kind }) => kind === "link" || kind === "unlink");
  const inputs = link?.wanted ?? link?.before;
  const isSilent = moves && planned.length === 0 && inputs?.activate !== "next-publish";
  const what = inputs?.revisionId === undefined || link?.op === "delete" ? "republish" : "publish";
  const byLink: readonly Publish[] = isSilent ? [{ target: "ga", what, ifLive: true }] : planned;
  const publications = members.filter(({ kind, op }) => kind === "SitePublication" && op !== "same");
  const own = publications.flatMap(({ wanted, before, op }): Publish[] => {
    const target = textOf(wanted ?? before ?? {}, "target").target ?? "ga";
    if (op === "delete") return [{ target, what: "unpublish" }];
    return byLink.some((one) => one.target === target && one.what === "publish") ? [] : [{ target, what: "publish" }];
  });
  return [...byLink, ...own];
}

const ORDER = [
  "CertificateTemplate",
  "CertificateIssuance",
  "Certificate",
  "Site",
  "SiteConfiguration",
  "SiteCertificateLink",
  "SitePublication",
];

/** As the engine goes: what others depend on first; removals the other way round. */
function inOrder(members: readonly Planned[]): SiteReport["sequence"] {
  const rank = ({ kind, op }: Planned) => (op === "delete" ? ORDER.length - ORDER.indexOf(kind) : ORDER.indexOf(kind));
  return members
    .filter(({ op }) => op !== "same")
    .toSorted((a, b) => rank(a) - rank(b) || (a.urn < b.urn ? -1 : 1))
    .map(({ kind, name, op, said }) => ({
      resource: `${kind} ${name}`,
      text: said.find(({ severity }) => severity === "info")?.text ?? op,
    }));
}

function expiring(planned: readonly Planned[], { now, expiryWarning }: AssessOptions): ExpiringCertificate[] {
  const found = planned.flatMap((one): ExpiringCertificate[] => {
    if (one.kind !== "Certificate" && one.kind !== "CertificateIssuance") return [];
    if (one.op === "delete") return [];
    const facts = (one.wanted?.notAfter ?? UNKNOWN) === UNKNOWN ? one.before : one.wanted;
    const validity = { ...textOf(facts ?? {}, "notBefore"), ...textOf(facts ?? {}, "notAfter") };
    const ends = describeExpiry(validity, now, expiryWarning);
    if (ends === undefined || validity.notAfter === undefined) return [];
    const renewedBy =
      one.kind === "Certificate"
        ? "nobody but the program: give it a new certificate"
        : "Qwilt, while the delegation records are in DNS";
    return [{ resource: `${one.kind} ${one.name}`, ends, notAfter: validity.notAfter, renewedBy }];
  });
  return found.toSorted((a, b) => (a.notAfter < b.notAfter ? -1 : a.notAfter > b.notAfter ? 1 : 0));
}

function worst(risks: readonly Risk[]): Risk {
  return RISKS[Math.max(0, ...risks.map((risk) => RISKS.indexOf(risk)))] ?? "none";
}

function textOf<K extends string>(from: Readonly<Record<string, unknown>>, key: K): { readonly [key in K]?: string } {
  const value = from[key];
  return typeof value === "string" && value !== "" ? ({ [key]: value } as { [key in K]?: string }) : {};
}

function strings(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
}

export function describeFinding({ rule, resource, text }: Finding): string {
  return `policy ${rule}: ${resource}: ${text}`;
}

const day = (iso: string) => iso.slice(0, 10);

const MOST_OF_A_MESSAGE = 400;

/** Enough of a message to know what it is about; the job's log has the whole. */
function opening(text: string): string {
  const line = text
    .replace(/^error: /, "")
    .split("\n", 3)
    .map((part) => part.trim())
    .join(" ");
  return line.length > MOST_OF_A_MESSAGE ? `${line.slice(0, MOST_OF_A_MESSAGE)}…` : line;
}
