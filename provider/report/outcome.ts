/** The effect of a plan on the traffic of a site. Pure. */
import type { Planned } from "./planned.ts";
import type { CertificateSummary, Outcome, Publish } from "./report.ts";

interface Facts {
  readonly members: readonly Planned[];
  readonly link: Planned | undefined;
  readonly now: CertificateSummary | undefined;
  readonly next: CertificateSummary | "none" | undefined;
  readonly publishes: readonly Publish[];
  readonly fails: boolean;
}

export function outcomeOf({ members, link, now, next, publishes, fails }: Facts): Outcome {
  if (fails) return "stopped";
  const site = members.find(({ kind }) => kind === "Site");
  if (site?.op === "delete" || publishes.some(({ what, target }) => what === "unpublish" && target === "ga"))
    return "off";
  if (site?.op === "replace") return "replaced";
  if (next === "none" || link?.op === "replace") return "no-https";
  if (next !== undefined) {
    if (link?.wanted?.activate === "next-publish") return "later";
    return now === undefined ? "first-certificate" : "rotation";
  }
  if (publishes.length === 0) return "nothing";
  if (publishes.every(({ target }) => target === "staging")) return "staging";
  return members.some(({ kind, op }) => kind === "SitePublication" && op === "create") ? "goes-live" : "configuration";
}
