/** What a preview means for traffic: one entry per site, and the risk of the whole with its reasons. Pure. */

import { evaluate, type Finding } from "../policies/evaluate.ts";
import type { Policy } from "../policies/policy-file.ts";
import { ownCertificate, type SiteCertificateLinkState } from "../resources/site-certificate-link/args.ts";
import { plannedSteps } from "../resources/site-certificate-link/resource.ts";
import type { LinkStep } from "../rotation/plan.ts";
import { UNKNOWN } from "../run/lifecycle.ts";
import { describeExpiry } from "../x509/expiry.ts";
import { removedHosts, requestedNames, uncoveredHosts } from "./names.ts";
import { outcomeOf } from "./outcome.ts";
import type { Planned, Preview, Said } from "./planned.ts";
import { coverageOf, reasonsOfLink, reasonsOfOthers, reasonsOfTemplate } from "./reasons.ts";
import {
  type CertificateSummary,
  type ExpiringCertificate,
  type Publish,
  type Reason,
  type Report,
  RISKS,
  type Risk,
  type SiteReport,
} from "./report.ts";
import { sequenceOf } from "./sequence.ts";

export interface AssessOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly policies?: readonly Policy[] | undefined;
}

export function assess(preview: Preview, options: AssessOptions): Report {
  const bySite = groupBySite(preview.planned);
  const all = bySite.map((group) => reportOf(group, preview, options.now));
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
    expiring: expiring(preview, options.now),
    errors,
    quiet: quietChanges(preview.planned, all, sites),
    isRefreshed: preview.isRefreshed,
    others: preview.others,
    policies,
  };
}

/** Changes that no site's section shows. */
function quietChanges(planned: readonly Planned[], all: readonly SiteReport[], sites: readonly SiteReport[]): string[] {
  const shown = new Set(sites.flatMap(({ sequence }) => sequence.map(({ resource }) => resource)));
  const ofSites = new Set(all.flatMap(({ sequence }) => sequence.map(({ resource }) => resource)));
  return planned
    .filter(({ op }) => op !== "same")
    .map(({ kind, name }) => `${kind} ${name}`)
    .filter((resource) => !shown.has(resource) && (ofSites.has(resource) || sites.length === 0))
    .toSorted();
}

/** Advisory findings do not change the risk: one that every change has would make every report ask for a review. */
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

/** Without --show-sames Pulumi omits unchanged resources from its JSON, so the name of the site is rarely known. */
function nameOf(members: readonly Planned[], key: string): string {
  const first = ["SiteCertificateLink", "SitePublication", "SiteConfiguration"].flatMap(
    (kind) => members.find((one) => one.kind === kind)?.name ?? [],
  )[0];
  if (first === undefined) return members[0] === undefined ? key : `${members[0].kind} ${members[0].name}`;
  // A site that does not exist yet has no id.
  return key.startsWith("urn:") ? first : `${first} (site ${key})`;
}

function siteKey(one: Planned, idOfUrn: ReadonlyMap<string, string>): string | undefined {
  if (one.kind === "Site") return idOfUrn.get(one.urn) ?? one.urn;
  const siteId = one.wanted?.siteId ?? one.before?.siteId;
  if (typeof siteId === "string") return siteId;
  if (siteId === undefined) return undefined;
  const { siteId: before } = one.before ?? {};
  const source = one.sources.siteId?.[0];
  if (source !== undefined) return idOfUrn.get(source) ?? source;
  return typeof before === "string" ? before : one.urn;
}

function reportOf({ name, members }: SiteGroup, { planned, usedByOthers }: Preview, today: number): SiteReport {
  const link = members.find(({ kind }) => kind === "SiteCertificateLink");
  const source = planned.find(({ urn }) => link?.sources.certificateId?.includes(urn));
  const upstream = planned.filter((one) => source !== undefined && isSourceOf(one, source));
  const template = upstream.find(({ kind }) => kind === "CertificateTemplate");
  const state = link?.before as SiteCertificateLinkState | undefined;
  const now = linkedNow(state, planned);
  const steps = stepsOf(link, state);
  const next = withNames(nextOf(link, source, steps), requestedNames(template));
  const siteOp = members.find(({ kind }) => kind === "Site")?.op;
  const hosts = strings(link?.wanted?.hosts) ?? strings(link?.before?.hosts);
  const reasons = [
    ...reasonsOfLink({
      link,
      state,
      now,
      next,
      hosts,
      steps,
      siteOp,
      isManaged: source?.kind === "CertificateIssuance",
    }),
    ...reasonsOfOthers(members, steps),
    ...reasonsOfTemplate(template, { now: today, usedByOthers }),
  ];
  const messages = members.flatMap(({ kind, name: resource, said }) =>
    said.filter(isLoud).map((one) => ({ ...one, resource: `${kind} ${resource}` })),
  );
  for (const { severity, text } of messages)
    reasons.push({ risk: severity === "error" ? "stop" : "review", text: opening(text) });
  const risk = worst(reasons.map((one) => one.risk));
  const publishes = publishesOf(members, steps, link);
  return {
    site: name,
    risk,
    reasons: unique(reasons.filter((one) => one.risk === risk).map(({ text }) => text)),
    outcome: outcomeOf({ members, link, now, next, publishes, fails: risk === "stop" }),
    now,
    next,
    hosts,
    coverage: coverageOf(link),
    withoutRollBack: link?.wanted?.rollback === false,
    uncovered: uncoveredHosts(next, hosts),
    removedHosts: link === undefined ? [] : removedHosts(link, strings(link.wanted?.hosts)),
    sequence: sequenceOf([...new Set([...members, ...(source === undefined ? [] : [source]), ...upstream])]),
    publishes,
    lastUnlinkedMs: state?.unlinkedForMs,
    messages,
  };
}

/** A certificate that is not issued yet has the names that its template requests. */
function withNames(next: SiteReport["next"], requested: readonly string[] | undefined): SiteReport["next"] {
  if (next === undefined || next === "none" || next.dnsNames !== undefined || requested === undefined) return next;
  return { ...next, dnsNames: requested };
}

/** The template that a certificate or an issuance comes from. */
function isSourceOf({ kind, urn }: Planned, { sources }: Planned): boolean {
  return kind === "CertificateTemplate" && Object.values(sources).some((urns) => urns.includes(urn));
}

const unique = (texts: readonly string[]) => [...new Set(texts)];

const isLoud = ({ severity }: Said) => severity !== "info";

/** The steps of the link at Qwilt. A link that is created has no observed site yet. */
function stepsOf(link: Planned | undefined, state: SiteCertificateLinkState | undefined): readonly LinkStep[] {
  if (link === undefined || state === undefined || link.op === "same") return [];
  if (link.op === "delete" || link.wanted === undefined) return plannedSteps(state, null);
  return plannedSteps(state, link.wanted as Parameters<typeof plannedSteps>[1]);
}

/** What is known about the linked certificate: only its id when this stack did not link it. */
function linkedNow(state: SiteCertificateLinkState | undefined, planned: readonly Planned[]): SiteReport["now"] {
  if (state === undefined || state.linkedCertificateId === null) return undefined;
  const { linkedCertificateId: id } = state;
  if (typeof id === "number" && ownCertificate(state) !== id) return { id };
  const { fingerprint } = state;
  return summary(
    state,
    planned.find(({ before }) => fingerprint && before?.fingerprint === fingerprint && "issuer" in before)?.before,
  );
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
    ...listOf(from, "dnsNames"),
    ...listOf(from, "ipAddresses"),
  };
}

/** undefined: it does not change. */
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

function publishesOf(members: readonly Planned[], steps: readonly LinkStep[], link: Planned | undefined): Publish[] {
  const planned = steps.flatMap((step): Publish[] =>
    step.kind === "republish" || step.kind === "publish" ? [{ target: step.target, what: step.kind }] : [],
  );
  const moves = steps.some(({ kind }) => kind === "link" || kind === "unlink");
  const inputs = link?.wanted ?? link?.before;
  const isSilent = moves && planned.length === 0 && inputs?.activate !== "next-publish";
  const what = inputs?.revisionId === undefined || link?.op === "delete" ? "republish" : "publish";
  const isLive = members.some(
    ({ kind, before }) => kind === "SitePublication" && before !== undefined && (before.target ?? "ga") === "ga",
  );
  const silent: Publish = { target: "ga", what, ...(isLive ? {} : { ifLive: true }) };
  const byLink: readonly Publish[] = isSilent ? [silent] : planned;
  const publications = members.filter(({ kind, op }) => kind === "SitePublication" && op !== "same");
  const own = publications.flatMap(({ wanted, before, op }): Publish[] => {
    const target = textOf(wanted ?? before ?? {}, "target").target ?? "ga";
    if (op === "delete") return [{ target, what: "unpublish" }];
    const from = op === "replace" ? (textOf(before ?? {}, "target").target ?? "ga") : target;
    if (from !== target)
      return [
        { target, what: "publish" },
        { target: from, what: "unpublish" },
      ];
    return byLink.some((one) => one.target === target && one.what === "publish") ? [] : [{ target, what: "publish" }];
  });
  // A publication is deleted before its link, and a site that is not live is not published.
  const gone = new Set(own.filter(({ what: done }) => done === "unpublish").map(({ target }) => target));
  return [...byLink.filter(({ target }) => !gone.has(target)), ...own];
}

function expiring({ planned, expiryWarning }: Preview, now: number): ExpiringCertificate[] {
  const found = planned.flatMap((one): ExpiringCertificate[] => {
    if (one.kind !== "Certificate" && one.kind !== "CertificateIssuance") return [];
    // Unknown: this run renews it.
    if (one.op === "delete" || one.wanted?.notAfter === UNKNOWN) return [];
    const facts = one.wanted?.notAfter === undefined ? one.before : one.wanted;
    const validity = { ...textOf(facts ?? {}, "notBefore"), ...textOf(facts ?? {}, "notAfter") };
    const ends = describeExpiry(validity, now, expiryWarning);
    if (ends === undefined || validity.notAfter === undefined) return [];
    const renewedBy =
      one.kind === "Certificate"
        ? "your program only: pass it a new certificate"
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

function listOf<K extends string>(
  from: Readonly<Record<string, unknown>>,
  key: K,
): { readonly [key in K]?: readonly string[] } {
  const list = strings(from[key]);
  return list === undefined ? {} : ({ [key]: list } as { [key in K]?: readonly string[] });
}

function strings(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
}

export function describeFinding({ rule, resource, text }: Finding): string {
  return `policy ${rule}: ${resource}: ${text}`;
}

const MOST_OF_A_MESSAGE = 700;

/** The prefix that the engine puts before a check failure; the value in it adds nothing. */
const FAILED_CHECK =
  /^(?:qwilt:index|pulumi-nodejs:dynamic\/qwilt):(\w+) resource '([^']*)'(?:: property \S+ value \{.*?\})? has a problem: /;

/** The beginning of a message; the log of the job has all of it. */
function opening(text: string): string {
  const line = text
    .replace(/^error: /, "")
    .replace(FAILED_CHECK, "$1 $2: ")
    .split("\n", 3)
    .map((part) => part.trim())
    .join(" ");
  return line.length > MOST_OF_A_MESSAGE ? `${line.slice(0, MOST_OF_A_MESSAGE)}…` : line;
}
