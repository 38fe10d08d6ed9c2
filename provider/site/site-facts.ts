/**
 * Facts about a site that its list of links does not contain: secured hosts of the live revision, and the address of
 * its edge.
 */
import type { Context } from "../run/lifecycle.ts";
import type { SiteConfiguration } from "../wire/site-configuration.ts";
import { type ObservedSite, readSite } from "./observe.ts";
import { securedHosts } from "./secured-hosts.ts";

/** Revisions are immutable (docs/qwilt-api.md 4.5), so this never becomes outdated. */
export interface RevisionHosts {
  readonly revisionId: string;
  readonly hosts: readonly string[];
}

/**
 * Secured hosts of the live revision, or of the newest one if nothing is live. undefined: the site has no
 * configuration, or it could not be parsed.
 */
export async function observedHosts(
  siteId: string,
  now: Pick<ObservedSite, "revisions">,
  known: RevisionHosts | undefined,
  ctx: Context,
): Promise<RevisionHosts | undefined> {
  const live = now.revisions.ga ?? now.revisions.staging;
  if (live !== undefined && known?.revisionId === live) return known;
  if (live !== undefined) {
    const revision = await ctx.api.siteConfigurations.get(siteId, live);
    return revision && hostsOfRevision(revision);
  }
  const revisions = (await ctx.api.siteConfigurations.list(siteId)) ?? [];
  const newest = [...revisions].sort((a, b) => (b.revisionNum ?? 0) - (a.revisionNum ?? 0))[0];
  return newest && hostsOfRevision(newest);
}

/** undefined: the response did not contain the configuration. */
export function hostsOfRevision({ revisionId, hostIndex }: SiteConfiguration): RevisionHosts | undefined {
  return hostIndex === undefined ? undefined : { revisionId, hosts: securedHosts(hostIndex).secured };
}

/**
 * The same with its own observation, for callers that have none.
 *
 * @param coming revision that is about to replace the live one in production
 */
export async function hostsNow(
  siteId: string,
  known: RevisionHosts | undefined,
  ctx: Context,
  coming?: string,
): Promise<RevisionHosts | undefined> {
  const operations = (await ctx.api.publishing.list(siteId)) ?? [];
  const { revisions } = readSite(null, operations, undefined);
  const isLive = revisions.ga !== undefined && coming !== undefined;
  return observedHosts(siteId, { revisions: isLive ? { ...revisions, ga: coming } : revisions }, known, ctx);
}

export interface EdgeAddress {
  readonly address: string | undefined;
  /** The name that the customer's hosts point to, when it is known. */
  readonly delegationTarget: string | undefined;
}

/** Where handshakes connect to: the configured address, or the name that the customer's hosts point to. */
export async function edgeAddress(siteId: string, known: string | undefined, ctx: Context): Promise<EdgeAddress> {
  const { edgeAddress: configured, edgeProbe } = ctx.config;
  if (configured !== undefined || edgeProbe === "off") return { address: configured, delegationTarget: known };
  const delegationTarget = known ?? (await ctx.api.sites.get(siteId))?.siteDnsCnameDelegationTarget;
  return { address: delegationTarget, delegationTarget };
}
