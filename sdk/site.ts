import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { SiteState } from "../provider/resources/site.ts";
import { declared, hiddenInputs, type Outputs, resourceWith, typeToken } from "./dynamic-resource.ts";
import type { SiteArgs } from "./inputs.ts";

const OUTPUTS = [
  "siteName",
  "routingMethod",
  "siteId",
  "delegationTarget",
  "ownerOrgId",
] as const satisfies readonly (keyof SiteState)[];

/**
 * A site on the Qwilt CDN. Deleting the resource deletes the site permanently; a published site must be unpublished first.
 *
 * @example
 * ```ts
 * import * as qwilt from "pulumi-qwilt";
 *
 * const site = new qwilt.Site("www", { siteName: "www.example.com" });
 * export const pointYourHostsTo = site.delegationTarget;
 * ```
 */
export class Site extends resourceWith<Outputs<SiteState, (typeof OUTPUTS)[number]>>() {
  constructor(name: string, args: SiteArgs, opts?: CustomResourceOptions) {
    super(typeToken("Site"), name, { ...declared(OUTPUTS), ...args, ...hiddenInputs("Site", name, opts) }, opts);
  }
}
