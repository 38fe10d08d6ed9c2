/** The sentences of a report, the same in every format. Pure. */
import type { Finding } from "../policies/evaluate.ts";
import type { CertificateSummary, Outcome, Report, Risk, SiteReport } from "./report.ts";

const HEADLINES: Readonly<Record<Risk, string>> = {
  none: "Nothing changes on the edge.",
  brief: "The edge changes as planned: every secured host keeps a certificate.",
  review: "Somebody has to decide: see the reasons before you approve.",
  stop: "Do not merge: `pulumi up` would fail. At a site that fails, the edge goes on serving what it serves now.",
};

const BY_POLICY = "Do not merge: a mandatory policy is broken.";

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

/** What a reviewer who knows nothing of TLS has to know: what clients notice. */
export function describeTraffic({ outcome, publishes, uncovered }: SiteReport): string {
  const words = TRAFFIC[outcome](publishes.length > 0);
  const errs = outcome === "rotation" || outcome === "first-certificate" || outcome === "later";
  return errs && uncovered.length > 0
    ? `${words}; then clients of ${uncovered.join(", ")} get a certificate error`
    : words;
}

const TRAFFIC: Readonly<Record<Outcome, (isPublished: boolean) => string>> = {
  stopped: () => "the run fails at this site, and the edge goes on serving what it serves now",
  off: () => "the network stops serving the site; clients get an answer only where DNS sends them elsewhere",
  replaced: () =>
    "the site goes, and another takes its place; clients reach it only when the CNAME records of its hosts point to its delegation target",
  "no-https": () => "HTTPS stops; clients that open an https:// address of the site get an error",
  later: () => "nothing changes now; the edge serves the current certificate until somebody publishes the site",
  "first-certificate": (isPublished) =>
    isPublished
      ? "HTTPS works with this certificate once the site is published"
      : "nothing changes now; HTTPS works with this certificate once somebody publishes the site",
  rotation: () => "HTTPS goes on; the edge serves the current certificate until the publish brings the next one",
  "goes-live": () => "the network starts to serve the site",
  staging: () => "production stays as it is; staging changes",
  configuration: () => "requests are served by the new configuration after the publish; the certificate stays",
  nothing: () => "nothing changes on the edge",
};

const TARGET_NAMES: Readonly<Record<string, string>> = { ga: "production (ga)" };

export function describePublishes({ publishes, outcome }: SiteReport): string {
  if (outcome === "stopped") return "none, because the run fails before";
  if (publishes.length === 0) return "none, so nothing changes on the edge";
  const counts = new Map<string, number>();
  for (const { target, what, ifLive } of publishes) {
    const where = TARGET_NAMES[target] ?? target;
    const key = `${what === "unpublish" ? "unpublished from" : "to"} ${where}${ifLive ? ", if the site is live there" : ""}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, many]) => (key.startsWith("to ") ? `${many} ${key}` : key)).join(", ");
}

/** The edge serves what the last publish took along, so a site with nothing linked serves on. */
export function describeUnlinkedTime({ next, now, lastUnlinkedMs, outcome }: SiteReport): string | undefined {
  if (now === undefined || next === undefined || outcome === "stopped") return undefined;
  if (next === "none") return "for good";
  const last = lastUnlinkedMs === undefined ? "" : ` (${lastUnlinkedMs} ms the last time)`;
  return `for the time of two requests${last}; no publish happens meanwhile, so the edge serves the current certificate`;
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
  const parts = [
    added.length === 0 ? "" : `adds ${added.join(", ")}`,
    removed.length === 0 ? "" : `removes ${removed.join(", ")}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "names unchanged" : parts.join("; ");
}

/** What only a person can check, for what changes here. */
export function checks(site: SiteReport): string[] {
  const { risk, outcome, next, now, hosts, sequence } = site;
  const list: string[] = [];
  const following = next === "none" ? undefined : next;
  if (outcome === "off") list.push("No client needs the site any more, or DNS sends its hosts elsewhere.");
  if (outcome === "replaced")
    list.push(
      "Somebody changes the CNAME records of the hosts to the new delegation target, and the gap is acceptable.",
    );
  if (outcome === "no-https") list.push("No client needs HTTPS at this site any more.");
  if (outcome === "later") list.push("Somebody publishes the site before the current certificate expires.");
  if (outcome === "stopped") return list;
  if (following !== undefined && following.fingerprint === undefined)
    list.push(
      "The certificate is not known yet: the run checks that it covers every secured host, and stops before it touches anything if not.",
    );
  if (following !== undefined && sequence.some(({ resource }) => resource.startsWith("CertificateIssuance ")))
    list.push(
      "The delegation records of the template are in DNS: without them Qwilt cannot issue, and the run waits in vain.",
    );
  if (next !== undefined && hosts === undefined)
    list.push(
      "The program does not name the secured hosts: the run reads them from the site's configuration and checks coverage then.",
    );
  if (site.uncovered.length > 0) list.push(`No client uses ${site.uncovered.join(", ")}.`);
  if (removedNames(site).length > 0) list.push("No client uses the names that are removed.");
  if (following?.notAfter !== undefined && now?.notAfter !== undefined && following.notAfter < now.notAfter)
    list.push("The certificate with the shorter time left is the one that is meant, and its renewal is arranged.");
  if (following?.keyType !== undefined && now?.keyType !== undefined && following.keyType !== now.keyType)
    list.push("Clients support the new key type, also old devices.");
  if (following?.issuer !== undefined && now?.issuer !== undefined && now.issuer !== following.issuer)
    list.push("Clients trust the new issuer, also those that pin certificates.");
  if (risk === "review" && list.length === 0) list.push("Each reason above is intended.");
  return list;
}

function removedNames({ now, next }: SiteReport): readonly string[] {
  if (next === undefined || next === "none" || next.dnsNames === undefined) return [];
  const names = next.dnsNames;
  return (now?.dnsNames ?? []).filter((name) => !names.includes(name));
}

export function describeOthers(others: Readonly<Record<string, number>>): string | undefined {
  const parts = Object.entries(others).map(([op, many]) => `${many} to ${op}`);
  return parts.length === 0 ? undefined : `Resources of other packages in the same preview: ${parts.join(", ")}.`;
}

/** The policies that say something, by what they say. */
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
