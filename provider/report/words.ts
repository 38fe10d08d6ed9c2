/** The sentences of a report, the same in every format. Pure. */
import type { Finding } from "../policies/evaluate.ts";
import { lostNames } from "./names.ts";
import type { CertificateSummary, Outcome, Report, Risk, SiteReport } from "./report.ts";

const HEADLINES: Readonly<Record<Risk, string>> = {
  none: "Nothing changes on the edge.",
  brief: "The edge changes as planned, and no secured host loses its certificate.",
  review: "A person has to decide: read the reasons before you approve.",
  stop: "Do not merge: `pulumi up` would fail. Where it fails, the edge keeps serving what it serves now.",
};

const BY_POLICY = "Do not merge: a mandatory policy is violated.";

export const LABELS: Readonly<Record<Risk, string>> = {
  none: "none",
  brief: "brief",
  review: "review",
  stop: "stop",
};

export function headline({ risk, sites, errors }: Report): string {
  const fails = errors.length > 0 || sites.some((site) => site.risk === "stop");
  const words = risk === "stop" && !fails ? BY_POLICY : HEADLINES[risk];
  return `${words}${sites.length === 0 ? "" : ` ${count(sites.length, "site")} affected.`}`;
}

/** What clients notice, for a reviewer who does not know TLS. */
export function describeTraffic({ outcome, publishes, uncovered, removedHosts }: SiteReport): string {
  const words = TRAFFIC[outcome](publishes.length > 0);
  const changes = ["rotation", "first-certificate", "later", "configuration"].includes(outcome);
  if (!changes) return words;
  const exceptions = [
    uncovered.length === 0 ? "" : `clients of ${uncovered.join(", ")} get a certificate error`,
    removedHosts.length === 0 ? "" : `${removedHosts.join(", ")} ${be(removedHosts)} no longer served over HTTPS`,
  ].filter((part) => part !== "");
  return exceptions.length === 0 ? words : `after the publish, ${exceptions.join(", and ")}. Other hosts: ${words}`;
}

const be = (hosts: readonly string[]) => (hosts.length === 1 ? "is" : "are");

const TRAFFIC: Readonly<Record<Outcome, (isPublished: boolean) => string>> = {
  stopped: () => "the run fails at this site, and the edge keeps serving what it serves now",
  off: () => "the Qwilt network stops serving the site; requests fail unless DNS sends clients elsewhere",
  replaced: () =>
    "the site is deleted, and requests fail until the CNAME records of its hosts point to the delegation target of the new site",
  "no-https": (isPublished) =>
    `HTTPS stops working ${isPublished ? "with the publish" : "the next time somebody publishes the site"}; clients that open an https:// address of the site then get an error`,
  later: () => "nothing changes now; the edge serves the current certificate until somebody publishes the site",
  "first-certificate": (isPublished) =>
    isPublished
      ? "HTTPS works with this certificate once the site is published"
      : "nothing changes now; HTTPS works with this certificate once somebody publishes the site",
  rotation: () =>
    "HTTPS keeps working; the edge serves the current certificate until the publish, and the next one from then on",
  "goes-live": () => "the Qwilt network starts serving the site",
  staging: () => "production does not change; only staging does",
  configuration: () =>
    "after the publish, requests are served with the new configuration; the certificate does not change",
  nothing: () => "nothing changes on the edge",
};

/** Of a publish. */
export const describeTarget = (target: string) => (target === "ga" ? "production (ga)" : target);

export function describePublishes({ publishes, outcome }: SiteReport): string {
  if (outcome === "stopped") return "none, because the run fails first";
  if (publishes.length === 0) return "none, so nothing changes on the edge";
  const counts = new Map<string, number>();
  for (const { target, what, ifLive } of publishes) {
    const where = describeTarget(target);
    const key = `${what === "unpublish" ? "the site is unpublished from" : "to"} ${where}${ifLive ? ", if the site is live there" : ""}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, many]) => (key.startsWith("to ") ? `${many} ${key}` : key)).join("; ");
}

/** The edge serves the certificate of the last publish, so it keeps serving while none is linked. */
export function describeUnlinkedTime({ next, now, lastUnlinkedMs, outcome }: SiteReport): string | undefined {
  if (now === undefined || next === undefined || outcome === "stopped") return undefined;
  if (next === "none") return "permanently";
  const last = lastUnlinkedMs === undefined ? "" : ` (${lastUnlinkedMs} ms the last time)`;
  return `for the duration of two requests${last}; this stack publishes nothing in that time, so the edge keeps serving the current certificate`;
}

/** Rows of the table "now and next": what, now, next. */
export function certificateRows(site: SiteReport): readonly (readonly [string, string, string])[] {
  const { now, next } = site;
  const after: CertificateSummary = next === "none" ? {} : (next ?? now ?? {});
  const unknown = next === "none" ? "none" : "known during the run";
  const before = now === undefined ? "none" : "unknown";
  const row = (what: string, get: (one: CertificateSummary) => string | undefined) =>
    [what, (now && get(now)) ?? before, get(after) ?? unknown] as const;
  const names = (one: CertificateSummary) => one.dnsNames?.join(", ");
  return [
    row("Names", names),
    row("Valid until", (one) => one.notAfter?.slice(0, 10)),
    row("Issuer", ({ issuer }) => issuer),
    row("Key type", ({ keyType }) => keyType),
    row("SHA-256 fingerprint", ({ fingerprint }) => fingerprint && `${fingerprint.slice(0, 16)}…`),
  ];
}

export function nameChanges({ now, next }: SiteReport): string | undefined {
  if (next === undefined || next === "none" || now?.dnsNames === undefined || next.dnsNames === undefined)
    return undefined;
  const [before, after] = [now.dnsNames, next.dnsNames];
  const added = after.filter((name) => !before.includes(name));
  const removed = before.filter((name) => !after.includes(name));
  const isStillCovered = lostNames(now, next).length === 0;
  const parts = [
    added.length === 0 ? "" : `adds ${added.join(", ")}`,
    removed.length === 0 ? "" : `removes ${removed.join(", ")}${isStillCovered ? ", which it still covers" : ""}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "names unchanged" : parts.join("; ");
}

const COVERAGE: Readonly<Record<SiteReport["coverage"], string>> = {
  require: "the run checks whether it covers every secured host, and fails before it changes the link if it does not",
  warn: "the run warns if it does not cover every secured host, and goes on",
  off: "nothing checks whether it covers every secured host",
};

/** What only a person can check about this change. */
export function checks(site: SiteReport): string[] {
  const { risk, outcome, next, now, hosts, sequence, coverage, withoutRollBack } = site;
  const list: string[] = [];
  const following = next === "none" ? undefined : next;
  if (outcome === "off") list.push("No client needs the site any longer, or DNS sends clients of its hosts elsewhere.");
  if (outcome === "replaced")
    list.push(
      "Somebody changes the CNAME records of the hosts to the new delegation target, and the interruption until then is acceptable.",
    );
  if (outcome === "no-https") list.push("No client needs HTTPS at this site any longer.");
  if (outcome === "later") list.push("Somebody publishes the site before the current certificate expires.");
  if (outcome === "stopped") return list;
  if (following !== undefined && following.fingerprint === undefined)
    list.push(`The next certificate is not known yet: ${COVERAGE[coverage]}.`);
  if (withoutRollBack && following !== undefined && now !== undefined)
    list.push("Somebody is there during the run: if it fails, the previous certificate is linked again by hand only.");
  if (following !== undefined && now !== undefined && now.dnsNames === undefined)
    list.push(
      "The next certificate has every name that clients use: the names of the current certificate are unknown.",
    );
  if (following !== undefined && sequence.some(({ resource }) => resource.startsWith("CertificateIssuance ")))
    list.push(
      "The delegation records of the template are in DNS: without them Qwilt cannot issue the certificate, and the run waits until it times out.",
    );
  if (next !== undefined && hosts === undefined)
    list.push(
      "The program does not name the secured hosts: the run reads them from the site's configuration and checks coverage then.",
    );
  if (site.uncovered.length > 0) list.push(`No client uses ${site.uncovered.join(", ")}.`);
  if (site.removedHosts.length > 0) list.push(`No client uses ${site.removedHosts.join(", ")} over HTTPS.`);
  if (lostNames(site.now, site.next).length > 0) list.push("No client uses the names that are no longer covered.");
  if (following?.notAfter !== undefined && now?.notAfter !== undefined && following.notAfter < now.notAfter)
    list.push("The certificate that expires earlier is the intended one, and its renewal is planned.");
  if (following?.keyType !== undefined && now?.keyType !== undefined && following.keyType !== now.keyType)
    list.push("Every client supports the new key type, including old devices.");
  if (following?.issuer !== undefined && now?.issuer !== undefined && now.issuer !== following.issuer)
    list.push("Every client trusts the new issuer, including clients that pin certificates.");
  if (risk === "review" && list.length === 0) list.push("Each reason above is intended.");
  return list;
}

/** What a report without a change for the edge still has to say. */
export function describeQuiet({ risk, quiet, isRefreshed }: Report): string | undefined {
  const parts = [
    quiet.length === 0 || risk === "stop" ? "" : `Changed without an effect on the edge: ${quiet.join(", ")}.`,
    risk === "none" && !isRefreshed
      ? "Compared with the state of the stack: what somebody else has changed at Qwilt is only seen with `--refresh`."
      : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? undefined : parts.join(" ");
}

export function describeOthers(others: Readonly<Record<string, number>>): string | undefined {
  const parts = Object.entries(others).map(([op, many]) => `${many} to ${op}`);
  return parts.length === 0 ? undefined : `Resources of other packages in the same preview: ${parts.join(", ")}.`;
}

/** One row per finding. */
export function policyRows(policies: readonly Finding[]): readonly (readonly [string, string, string, string])[] {
  return policies.map(({ rule, enforcement, verdict, resource, text, fix }) => [
    `${rule} (${enforcement})`,
    resource,
    text,
    verdict === "broken" ? fix : "",
  ]);
}

export function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? "" : "s"}`;
}
