import { CustomResource, type CustomResourceOptions, type Output } from "@pulumi/pulumi";
import { hiddenInputs, typeToken } from "./dynamic-resource.ts";
import type { SiteConfigurationArgs } from "./inputs.ts";

/** The configuration of a site. A change saves a new revision; only a publication brings it to the edge. */
export class SiteConfiguration extends CustomResource {
  declare readonly siteId: Output<string>;
  declare readonly hostIndex: Output<Record<string, unknown>>;
  declare readonly changeDescription: Output<string | undefined>;
  /** All hosts, known at preview. */
  declare readonly hosts: Output<string[]>;
  /** Hosts that serve HTTPS once a certificate is linked, known at preview. */
  declare readonly securedHosts: Output<string[]>;
  /** Newest revision that was saved; a publication takes it. */
  declare readonly revisionId: Output<string>;
  /** Its number, counted from 1 within the site. */
  declare readonly revisionNumber: Output<number>;

  constructor(name: string, args: SiteConfigurationArgs, opts?: CustomResourceOptions) {
    const outputs = { hosts: undefined, securedHosts: undefined, revisionId: undefined, revisionNumber: undefined };
    super(
      typeToken("SiteConfiguration"),
      name,
      { ...outputs, ...args, ...hiddenInputs("SiteConfiguration", name, opts) },
      opts,
    );
  }
}
