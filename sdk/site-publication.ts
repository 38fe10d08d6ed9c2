import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { SitePublicationState } from "../provider/resources/site-publication.ts";
import { declared, hiddenInputs, type Outputs, resourceWith, typeToken } from "./dynamic-resource.ts";
import type { SitePublicationArgs } from "./inputs.ts";

const OUTPUTS = [
  "siteId",
  "revisionId",
  "target",
  "publishId",
  "publishStatus",
  "activatedAt",
] as const satisfies readonly (keyof SitePublicationState)[];

/**
 * Publishes a revision of a site to "ga" (production) or "staging" and follows the publish until it ends. Deleting the
 * resource unpublishes the site from that target. Make it depend on the site's SiteCertificateLink: a revision that the link
 * has published is not published again. Staging is published first only if the publication of "ga" depends on that of "staging".
 *
 * @example
 * ```ts
 * import * as qwilt from "pulumi-qwilt";
 *
 * declare const site: qwilt.Site, configuration: qwilt.SiteConfiguration, link: qwilt.SiteCertificateLink;
 *
 * new qwilt.SitePublication(
 *   "www",
 *   { siteId: site.siteId, revisionId: configuration.revisionId },
 *   { dependsOn: [link] },
 * );
 * ```
 */
export class SitePublication extends resourceWith<Outputs<SitePublicationState, (typeof OUTPUTS)[number]>>() {
  constructor(name: string, args: SitePublicationArgs, opts?: CustomResourceOptions) {
    super(
      typeToken("SitePublication"),
      name,
      { ...declared(OUTPUTS), ...args, ...hiddenInputs("SitePublication", name, opts) },
      opts,
    );
  }
}
