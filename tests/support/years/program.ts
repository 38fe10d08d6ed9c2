/** The part of a program that all sites have in common. */
import type { Properties, SavedState, Wanted } from "../engine/process-engine.ts";
import { hostIndex } from "../programs/site-program.ts";

export interface SiteNames {
  readonly name: string;
  readonly host: string;
  /** Changed by people now and then: a new revision. */
  readonly origin: number;
  readonly replaceExisting?: boolean;
}

/**
 * Site, configuration, link and publication. @param certificate what the link takes from a certificate, issuance or
 * template
 */
export function siteResources(
  { name, host, origin, replaceExisting }: SiteNames,
  certificate: (of: (kind: string) => Properties) => Properties,
): readonly Wanted[] {
  const wanted = (kind: string, inputs: Wanted["inputs"]): Wanted => ({ kind, name, inputs });
  return [
    wanted("Site", () => ({ siteName: host })),
    wanted("SiteConfiguration", (of) => ({
      siteId: of("Site").siteId,
      hostIndex: hostIndex([host], `origin-${origin}.example.com`),
    })),
    wanted("SiteCertificateLink", (of) => ({
      siteId: of("Site").siteId,
      hosts: of("SiteConfiguration").securedHosts,
      revisionId: of("SiteConfiguration").revisionId,
      ...(replaceExisting === undefined ? {} : { replaceExisting }),
      ...certificate(of),
    })),
    wanted("SitePublication", (of) => ({ siteId: of("Site").siteId, revisionId: of("SiteConfiguration").revisionId })),
  ];
}

/** The origin of the revision that was saved last. */
export function savedOrigin({ resources }: SavedState): number {
  const { hostIndex } = resources.find(({ kind }) => kind === "SiteConfiguration")?.outputs ?? {};
  return Number(/origin-(\d+)\.example\.com/.exec(JSON.stringify(hostIndex ?? ""))?.[1]);
}
