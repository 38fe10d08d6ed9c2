import { CustomResource, type CustomResourceOptions, type Output } from "@pulumi/pulumi";
import { hiddenInputs, typeToken } from "./dynamic-resource.ts";
import type { SiteArgs } from "./inputs.ts";

/** A site on the Qwilt CDN. Deleting it deletes it permanently; a published site must be un-published first. */
export class Site extends CustomResource {
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
    super(typeToken("Site"), name, { ...outputs, ...args, ...hiddenInputs("Site", name, opts) }, opts);
  }
}
