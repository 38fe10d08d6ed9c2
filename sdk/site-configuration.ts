import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { SiteConfigurationState } from "../provider/resources/site-configuration.ts";
import { declared, hiddenInputs, type Outputs, resourceWith, typeToken } from "./dynamic-resource.ts";
import type { SiteConfigurationArgs } from "./inputs.ts";

const OUTPUTS = [
  "siteId",
  "hostIndex",
  "changeDescription",
  "hosts",
  "securedHosts",
  "revisionId",
  "revisionNumber",
] as const satisfies readonly (keyof SiteConfigurationState)[];

/**
 * The configuration of a site. A change saves a new revision; only a publication activates it at the edge.
 *
 * @example
 * ```ts
 * import * as qwilt from "pulumi-qwilt";
 *
 * declare const site: qwilt.Site;
 *
 * const metadata = [
 *   {
 *     "generic-metadata-type": "MI.SourceMetadataExtended",
 *     "generic-metadata-value": { sources: [{ protocol: "https/1.1", endpoints: ["origin.example.com"] }] },
 *   },
 * ];
 * const configuration = new qwilt.SiteConfiguration("www", {
 *   siteId: site.siteId,
 *   hostIndex: { hosts: [{ host: "www.example.com", "host-metadata": { metadata } }] },
 * });
 * export const revision = configuration.revisionNumber;
 * ```
 */
export class SiteConfiguration extends resourceWith<Outputs<SiteConfigurationState, (typeof OUTPUTS)[number]>>() {
  constructor(name: string, args: SiteConfigurationArgs, opts?: CustomResourceOptions) {
    super(
      typeToken("SiteConfiguration"),
      name,
      { ...declared(OUTPUTS), ...args, ...hiddenInputs("SiteConfiguration", name, opts) },
      opts,
    );
  }
}
