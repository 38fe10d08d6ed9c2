/** The reasons for a risk. Pure. */
import type { Surroundings } from "../policies/planned.ts";
import { templateDelegation } from "../policies/rules.ts";
import { ownCertificate, type SiteCertificateLinkState } from "../resources/site-certificate-link/args.ts";
import type { LinkStep } from "../rotation/plan.ts";
import { UNKNOWN } from "../run/lifecycle.ts";
import { lostNames, removedHosts, uncoveredHosts } from "./names.ts";
import type { Planned } from "./planned.ts";
import type { CertificateSummary, Reason, SiteReport } from "./report.ts";
import { describeTarget } from "./words.ts";

const review = (text: string): Reason => ({ risk: "review", text });
const stop = (text: string): Reason => ({ risk: "stop", text });
const brief = (text: string): Reason => ({ risk: "brief", text });

export interface LinkFacts {
  readonly link: Planned | undefined;
  readonly state: SiteCertificateLinkState | undefined;
  readonly now: CertificateSummary | undefined;
  readonly next: SiteReport["next"];
  readonly hosts: readonly string[] | undefined;
  readonly steps: readonly LinkStep[];
  /** Qwilt issues the certificate for exactly the names of its template. */
  readonly isManaged: boolean;
  /** What happens to the site itself. */
  readonly siteOp: string | undefined;
}

export function reasonsOfLink(facts: LinkFacts): Reason[] {
  const { link, state, now, next, steps, hosts, siteOp } = facts;
  // A link is deleted together with its site.
  if (link === undefined || siteOp === "delete") return [];
  if (next === "none") return [review("its certificate is unlinked: the site has no HTTPS afterward")];
  // The link is replaced together with its site.
  if (link.op === "replace" && siteOp === "replace") return [];
  // A replacement on demand keeps the site: it is an update in place.
  if (link.op === "replace" && link.wanted?.siteId !== state?.siteId)
    return [review("the link moves to another site: this one has no certificate afterward")];
  const removed = removedHosts(link, hosts);
  if (next === undefined && removed.length === 0)
    return steps.length === 0 ? [] : [brief("an interrupted change is completed")];
  const reasons =
    removed.length === 0
      ? []
      : [review(`${removed.join(", ")} ${removed.length === 1 ? "is" : "are"} no longer served over HTTPS`)];
  if (next === undefined) return reasons;
  reasons.push(...reasonsOfNames(facts, next), ...reasonsOfSettings(link, state));
  if (state === undefined || now === undefined)
    return reasons.length > 0 ? reasons : [brief("a certificate is linked for the first time")];
  if (next.notAfter !== undefined && now.notAfter !== undefined && next.notAfter < now.notAfter)
    reasons.push(
      review(
        `the next certificate expires earlier than the current one: ${day(next.notAfter)} instead of ${day(now.notAfter)}`,
      ),
    );
  if (next.keyType !== undefined && now.keyType !== undefined && next.keyType !== now.keyType)
    reasons.push(review(`the key type changes from ${now.keyType} to ${next.keyType}`));
  if (next.issuer !== undefined && now.issuer !== undefined && next.issuer !== now.issuer)
    reasons.push(review(`the issuer changes from ${now.issuer} to ${next.issuer}`));
  if (reasons.length > 0) return reasons;
  if (link.wanted?.activate === "next-publish")
    return [
      brief("the next certificate is linked but not published: it goes live the next time anyone publishes the site"),
    ];
  return [
    brief(
      next.dnsNames === undefined
        ? "the certificate is rotated; the run checks which hosts the next one covers before it changes the link"
        : "the certificate is rotated; the next one covers all of its names",
    ),
  ];
}

function reasonsOfNames({ link, now, hosts, state, isManaged }: LinkFacts, next: CertificateSummary): Reason[] {
  const does = coverageOf(link);
  if (next.dnsNames === undefined)
    return does === "warn"
      ? [review('coverage is "warn": if the next certificate does not cover a secured host, the run only warns')]
      : [];
  const gone = state === undefined ? [] : lostNames(now, next);
  const uncovered = uncoveredHosts(next, hosts);
  return [
    ...(gone.length === 0 ? [] : [review(`the next certificate no longer covers ${count(gone)} ${gone.join(", ")}`)]),
    // For a known certificate, the preview itself fails. A CA of one's own can add names to those of the request.
    ...(uncovered.length > 0 && does === "require" && isManaged && next.fingerprint === undefined
      ? [stop(`the template does not request ${uncovered.join(", ")}: the run fails before it changes the link`)]
      : []),
    ...(uncovered.length === 0
      ? []
      : [review(`the next certificate does not cover ${uncovered.join(", ")}: clients get a certificate error there`)]),
  ];
}

/** `coverage` of the link; a value that is not known yet promises nothing. */
export function coverageOf(link: Planned | undefined): SiteReport["coverage"] {
  const value = link?.wanted?.coverage ?? "require";
  return value === "warn" ? "warn" : value === "off" || value === UNKNOWN ? "off" : "require";
}

/** Without the records in DNS, Qwilt issues nothing. */
export function reasonsOfTemplate(template: Planned | undefined, surroundings: Surroundings): Reason[] {
  if (template === undefined) return [];
  const verdict = templateDelegation.judgeBy({})(template, surroundings);
  if (verdict?.kind !== "broken") return [];
  return [
    review(
      `the program creates no DNS records for CertificateTemplate ${template.name}: unless somebody else does, no certificate is issued, and the run waits until it times out`,
    ),
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
    return review(`${theirs}, is replaced: ask whoever linked it before you approve`);
  return {
    risk: "stop",
    text: `the site is linked to ${theirs}: the run fails here unless the link sets replaceExisting: true`,
  };
}

export function reasonsOfOthers(members: readonly Planned[], steps: readonly LinkStep[]): Reason[] {
  return members.flatMap(({ kind, op, before, wanted }): Reason[] => {
    if (kind === "Site" && op === "delete") return [review("the site is deleted")];
    if (kind === "Site" && op === "replace")
      return [
        review(
          "the site is deleted and created again: its hosts are not served until their CNAME records point to the new delegation target",
        ),
      ];
    if (kind !== "SitePublication") return [];
    const [from, to] = [targetOf(before), targetOf(wanted)];
    if (op === "delete") return [review(`the site is unpublished from ${describeTarget(from)}`)];
    if (op === "replace" && from !== to)
      return [review(`the site is unpublished from ${describeTarget(from)} and published to ${describeTarget(to)}`)];
    if (op === "create") return [brief(`the site is published to ${describeTarget(to)}`)];
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
