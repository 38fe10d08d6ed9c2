/** The sentences of a report, the same in every format. Pure. */
import type { Finding } from "../policies/evaluate.ts";
import type { CertificateSummary, Report, Risk, SiteReport } from "./assess.ts";

const HEADLINES: Readonly<Record<Risk, string>> = {
  none: "Nothing changes on the edge.",
  brief: "The edge changes as planned: every secured host keeps a certificate.",
  review: "Somebody has to decide: see the reasons before you approve.",
  stop: "Do not merge: `pulumi up` would fail.",
};

const BY_POLICY = "Do not merge: a mandatory policy is broken.";

export const LABELS: Readonly<Record<Risk, string>> = {
  none: "none",
  brief: "brief",
  review: "review",
  stop: "stop",
};

export function headline({ risk, sites, errors }: Report): string {
  const words = risk === "stop" && errors.length === 0 ? BY_POLICY : HEADLINES[risk];
  return `${words}${sites.length === 0 ? "" : ` ${count(sites.length, "site")} affected.`}`;
}

export function describePublishes({ publishes }: SiteReport): string {
  if (publishes.length === 0) return "none, so nothing changes on the edge";
  const counts = new Map<string, number>();
  for (const { target, what, ifLive } of publishes) {
    const key = `${what === "unpublish" ? "unpublished from" : "on"} ${target}${ifLive ? ", if the site is live there" : ""}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, many]) => (key.startsWith("on ") ? `${many} ${key}` : key)).join(", ");
}

/** The edge serves what the last publish took along, so a site with nothing linked serves on. */
export function describeUnlinked({ next, now, lastUnlinkedMs }: SiteReport): string | undefined {
  if (now === undefined || next === undefined) return undefined;
  if (next === "none") return "for good";
  const last = lastUnlinkedMs === undefined ? "" : ` (${lastUnlinkedMs} ms the last time)`;
  return `for two requests to Qwilt${last}; the edge goes on serving the current certificate meanwhile`;
}

/** Rows of the table "now and next": what, now, next. */
export function certificateRows(site: SiteReport): readonly (readonly [string, string, string])[] {
  const { now, next } = site;
  const after: CertificateSummary = next === "none" ? {} : (next ?? now ?? {});
  const unknown = next === "none" ? "none" : "known during `pulumi up`";
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
  const { risk, next, now, hosts } = site;
  const list: string[] = [];
  if (next === "none") list.push("No client needs HTTPS at this site any more.");
  if (next !== undefined && next !== "none" && next.fingerprint === undefined)
    list.push(
      "The certificate is not known yet: the run checks that it covers every secured host, and stops before it touches anything if not.",
    );
  if (next !== undefined && hosts === undefined)
    list.push(
      "The program does not name the secured hosts: the run reads them from the site's configuration and checks coverage then.",
    );
  if (
    next !== undefined &&
    next !== "none" &&
    now?.issuer !== undefined &&
    next.issuer !== undefined &&
    now.issuer !== next.issuer
  )
    list.push("Clients trust the new issuer, also those that pin certificates.");
  if (risk === "review" && list.length === 0) list.push("Each reason above is intended.");
  return list;
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
