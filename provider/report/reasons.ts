/** Why a change needs a reviewer, or only a look. Pure. */
import { ownCertificate, type SiteCertificateLinkState } from "../resources/site-certificate-link/args.ts";
import type { LinkStep } from "../rotation/plan.ts";
import { UNKNOWN } from "../run/lifecycle.ts";
import { coverage } from "../x509/coverage.ts";
import type { Planned } from "./planned.ts";
import type { CertificateSummary, Reason, SiteReport } from "./report.ts";

const review = (text: string): Reason => ({ risk: "review", text });
const brief = (text: string): Reason => ({ risk: "brief", text });

export interface LinkFacts {
  readonly link: Planned | undefined;
  readonly state: SiteCertificateLinkState | undefined;
  readonly now: CertificateSummary | undefined;
  readonly next: SiteReport["next"];
  readonly hosts: readonly string[] | undefined;
  readonly steps: readonly LinkStep[];
  readonly isSiteReplaced: boolean;
}

export function reasonsOfLink(facts: LinkFacts): Reason[] {
  const { link, state, now, next, steps, hosts, isSiteReplaced } = facts;
  if (link === undefined) return [];
  if (next === "none") return [review("its certificate is unlinked: the site has no HTTPS afterwards")];
  // A site that is replaced takes its link along.
  if (link.op === "replace" && isSiteReplaced) return [];
  if (link.op === "replace") return [review("the link moves to another site: this one has no certificate afterwards")];
  const removed = removedHosts(link, hosts);
  if (next === undefined && removed.length === 0)
    return steps.length === 0 ? [] : [brief("an interrupted change is completed")];
  const reasons = removed.length === 0 ? [] : [review(`no longer served over HTTPS: ${removed.join(", ")}`)];
  if (next === undefined) return reasons;
  reasons.push(...reasonsOfNames(facts, next), ...reasonsOfSettings(link, state));
  if (state === undefined || now === undefined)
    return reasons.length > 0 ? reasons : [brief("a certificate is linked for the first time")];
  if (next.notAfter !== undefined && now.notAfter !== undefined && next.notAfter < now.notAfter)
    reasons.push(review(`the next certificate expires earlier: ${day(next.notAfter)}, now ${day(now.notAfter)}`));
  if (next.keyType !== undefined && now.keyType !== undefined && next.keyType !== now.keyType)
    reasons.push(review(`another key type: ${next.keyType}, now ${now.keyType}`));
  if (next.issuer !== undefined && now.issuer !== undefined && next.issuer !== now.issuer)
    reasons.push(review(`another issuer: ${next.issuer}, now ${now.issuer}`));
  if (reasons.length > 0) return reasons;
  if (link.wanted?.activate === "next-publish")
    return [brief("the next certificate is linked; the next publish of the site by anybody brings it to the edge")];
  return [
    brief(
      next.dnsNames === undefined
        ? "a rotation; the run checks what the next certificate covers before it touches anything"
        : "a rotation; every name stays covered",
    ),
  ];
}

/** Secured hosts that leave the configuration. */
function removedHosts({ before }: Planned, hosts: readonly string[] | undefined): readonly string[] {
  const were = Array.isArray(before?.hosts) ? before.hosts.filter((host) => typeof host === "string") : [];
  return hosts === undefined ? [] : were.filter((host) => !hosts.includes(host));
}

/** Secured hosts that the next certificate is known not to cover. */
export function uncoveredHosts(next: SiteReport["next"], hosts: readonly string[] | undefined): readonly string[] {
  if (next === undefined || next === "none" || next.dnsNames === undefined) return [];
  return coverage(next.dnsNames, hosts ?? [], next.ipAddresses).uncovered;
}

function reasonsOfNames({ now, hosts, state }: LinkFacts, next: CertificateSummary): Reason[] {
  if (next.dnsNames === undefined) return [];
  const names = next.dnsNames;
  const gone = state === undefined ? [] : (now?.dnsNames ?? []).filter((name) => !names.includes(name));
  const uncovered = uncoveredHosts(next, hosts);
  return [
    ...(gone.length === 0 ? [] : [review(`the next certificate does not have ${count(gone)} ${gone.join(", ")}`)]),
    ...(uncovered.length === 0
      ? []
      : [review(`the next certificate does not cover ${uncovered.join(", ")}: clients get a certificate error there`)]),
  ];
}

function reasonsOfSettings({ wanted }: Planned, state: SiteCertificateLinkState | undefined): Reason[] {
  const { linkedCertificateId: linked } = state ?? {};
  const isTheirs = state !== undefined && typeof linked === "number" && ownCertificate(state) !== linked;
  return [
    ...(isTheirs ? [reasonOfTheirs(linked, wanted?.replaceExisting)] : []),
    ...(wanted?.coverage === "off"
      ? [review('coverage is "off": nothing checks that the certificate covers the secured hosts')]
      : []),
    ...(wanted?.rollback === false
      ? [review("rollback is false: if the rotation fails, the next certificate stays linked")]
      : []),
  ];
}

function reasonOfTheirs(id: number, replaceExisting: unknown): Reason {
  const theirs = `certificate ${id}, which this stack did not link`;
  if (replaceExisting === true || replaceExisting === UNKNOWN)
    return review(`${theirs}, is replaced: whoever linked it has to agree`);
  return { risk: "stop", text: `the site has ${theirs}: the run fails here unless replaceExisting is true` };
}

export function reasonsOfOthers(members: readonly Planned[], steps: readonly LinkStep[]): Reason[] {
  return members.flatMap(({ kind, op, before, wanted }): Reason[] => {
    if (kind === "Site" && op === "delete") return [review("the site is deleted")];
    if (kind === "Site" && op === "replace")
      return [review("the site is replaced: its hosts are reached under another delegation target")];
    if (kind !== "SitePublication") return [];
    const [from, to] = [targetOf(before), targetOf(wanted)];
    if (op === "delete") return [review(`the site is taken off the network (${from})`)];
    if (op === "replace" && from !== to)
      return [review(`the site is taken off the network (${from}) and goes live (${to})`)];
    if (op === "create") return [brief(`the site goes live (${to})`)];
    const isCarried = steps.some((step) => step.kind === "publish");
    return op === "same" || isCarried ? [] : [brief("a new configuration goes live")];
  });
}

function targetOf(properties: Planned["before"]): string {
  const target = properties?.target;
  return typeof target === "string" ? target : target === undefined ? "ga" : "a target that is not known yet";
}

const count = (names: readonly string[]) => (names.length === 1 ? "the name" : "the names");
const day = (iso: string) => iso.slice(0, 10);
