import { CustomResource, type CustomResourceOptions, type Output } from "@pulumi/pulumi";
import { hiddenInputs, typeToken } from "./dynamic-resource.ts";
import type { SitePublicationArgs } from "./inputs.ts";

/**
 * A revision of a site on "ga" or "staging". It is followed to the end; deleting it takes the site off that network. Let it
 * depend on the site's SiteCertificateLink: what that has published is not published again. Staging goes first only when
 * the publication of "ga" depends on the one of "staging".
 */
export class SitePublication extends CustomResource {
  declare readonly siteId: Output<string>;
  declare readonly revisionId: Output<string>;
  declare readonly target: Output<string | undefined>;
  /** Publish that made the revision live. */
  declare readonly publishId: Output<string>;
  /** "Success" once it is live; anything else is finished by the next `pulumi up`. */
  declare readonly publishStatus: Output<string>;
  /** When it went live, ISO 8601 UTC. */
  declare readonly activatedAt: Output<string>;

  constructor(name: string, args: SitePublicationArgs, opts?: CustomResourceOptions) {
    const outputs = { publishId: undefined, publishStatus: undefined, activatedAt: undefined };
    super(
      typeToken("SitePublication"),
      name,
      { ...outputs, ...args, ...hiddenInputs("SitePublication", name, opts) },
      opts,
    );
  }
}
