import { type CustomResourceOptions, dynamic, type Output } from "@pulumi/pulumi";
import { dynamicProvider } from "../provider/engine/dynamic/stub.js";
import { hiddenUrn } from "./hidden-urn.ts";
import type { SiteArgs } from "./inputs.ts";

const provider = dynamicProvider("Site");

/** A site on the Qwilt CDN. Deleting it deletes it permanently; a published site must be un-published first. */
export class Site extends dynamic.Resource {
  declare readonly siteName: Output<string>;
  declare readonly routingMethod: Output<string | undefined>;
  /** Qwilt's id of the site, 24 hex digits; other resources take it. */
  declare readonly siteId: Output<string>;
  /** Name that the customer's hosts point to by CNAME. */
  declare readonly delegationTarget: Output<string>;
  /** Organisation that the site belongs to. */
  declare readonly ownerOrgId: Output<string>;

  constructor(name: string, args: SiteArgs, opts?: CustomResourceOptions) {
    const outputs = { siteId: undefined, delegationTarget: undefined, ownerOrgId: undefined };
    super(provider, name, { ...outputs, ...args, ...hiddenUrn("Site", name, opts) }, opts, "qwilt", "Site");
  }
}
