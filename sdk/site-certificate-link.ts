import { type CustomResourceOptions, type Input, type Output, Resource } from "@pulumi/pulumi";
import type { Proof, SiteCertificateLinkState } from "../provider/resources/site-certificate-link/args.ts";
import { ofCertificate, ofIssuance } from "../provider/resources/site-certificate-link/certificate-of.ts";
import type { Certificate } from "./certificate.ts";
import type { CertificateIssuance } from "./certificate-issuance.ts";
import { declared, hiddenInputs, type Outputs, resourceWith, typeToken } from "./dynamic-resource.ts";
import type { LinkOptions } from "./inputs.ts";

const OUTPUTS = [
  "siteId",
  "certificateId",
  "linkedCertificateId",
  "targets",
  "unlinkedForMs",
  "proof",
  "fingerprint",
  "notAfter",
] as const satisfies readonly (keyof SiteCertificateLinkState)[];

/** What has to be proven before a link makes another certificate live. */
export interface Requires {
  /** The output `proof` of a link in another stack: `stagingStack.getOutput("wwwProof")`. */
  readonly proof: Input<Proof | undefined>;
  /** How long the certificate has to be active there. Default 0. */
  readonly minAgeMinutes?: Input<number>;
  /** "handshake": a proof that only Qwilt's API confirmed is refused. "api" (default) accepts both. */
  readonly seenBy?: Input<"api" | "handshake">;
  /** Name of that stack, for the commands in messages: `stagingStack.name`. */
  readonly stack?: Input<string>;
}

export interface SiteCertificateLinkArgs extends LinkOptions {
  /** The certificate to serve, or the issuance that provides it. Mutually exclusive with the two ids. */
  readonly certificate?: Certificate | CertificateIssuance;
  /** Id of a certificate that is not in this program. */
  readonly certificateId?: Input<number | string>;
  /** Template whose newest usable certificate is served; renewals by Qwilt are not drift. */
  readonly certificateTemplateId?: Input<number | string>;
  /** Another certificate is made live only when it is proven to be active in another stack. */
  readonly requires?: Input<Requires | undefined>;
}

/**
 * The certificate that a site serves. Changing the certificate moves the site in place: unlink, link, then publish every
 * target in production; nothing is published in between. Pass the `revisionId` of the configuration and make the
 * SitePublication depend on the link: a certificate and a revision that change together then take one publish. Deleting the
 * link of a live site unlinks the certificate and republishes.
 *
 * @example
 * ```ts
 * import * as qwilt from "pulumi-qwilt";
 *
 * declare const site: qwilt.Site, configuration: qwilt.SiteConfiguration, certificate: qwilt.Certificate;
 *
 * const link = new qwilt.SiteCertificateLink(
 *   "www",
 *   {
 *     siteId: site.siteId,
 *     certificate,
 *     hosts: configuration.securedHosts,
 *     revisionId: configuration.revisionId,
 *   },
 *   { protect: true },
 * );
 * export const provenBy = link.proof.apply((proof) => proof?.seen);
 *
 * // A certificate that is not in this program.
 * new qwilt.SiteCertificateLink("shop", { siteId: "0123456789abcdef01234567", certificateId: 31 });
 * ```
 */
export class SiteCertificateLink extends resourceWith<Outputs<SiteCertificateLinkState, (typeof OUTPUTS)[number]>>() {
  constructor(name: string, args: SiteCertificateLinkArgs, opts?: CustomResourceOptions) {
    const { certificate: _certificate, certificateId: _id, certificateTemplateId: _template, ...options } = args;
    super(
      typeToken("SiteCertificateLink"),
      name,
      {
        ...declared(OUTPUTS),
        ...options,
        ...wanted(args),
        ...hiddenInputs("SiteCertificateLink", name, opts),
      },
      opts,
    );
  }
}

function wanted({ certificate, certificateId, certificateTemplateId }: SiteCertificateLinkArgs) {
  // A JavaScript program may pass null, or anything else.
  if (certificate === undefined || certificate === null) return { certificateId, certificateTemplateId };
  // `check` reports it on its property, together with all other findings.
  if (certificateId !== undefined || certificateTemplateId !== undefined)
    return { certificateId, certificate: "conflict" };
  if (!isOfKind(certificate, "Certificate") && !isOfKind(certificate, "CertificateIssuance"))
    return { certificate: "other" };
  return "certificateTemplateId" in certificate
    ? ofIssuance<Output<unknown>>(certificate)
    : ofCertificate<Output<unknown>>(certificate);
}

/** By resource type, not by class: a program may contain two copies of this package. */
function isOfKind(value: unknown, kind: string): boolean {
  return Resource.isInstance(value) && Reflect.get(value, "__pulumiType") === `pulumi-nodejs:dynamic/qwilt:${kind}`;
}
