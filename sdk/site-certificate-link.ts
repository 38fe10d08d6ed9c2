import { CustomResource, type CustomResourceOptions, type Input, type Output, output, Resource } from "@pulumi/pulumi";
import type { Proof } from "../provider/resources/site-certificate-link/args.ts";
import type { RememberedTargets } from "../provider/site/last-observed.ts";
import type { Certificate } from "./certificate.ts";
import type { CertificateIssuance } from "./certificate-issuance.ts";
import { hiddenInputs, typeToken } from "./dynamic-resource.ts";
import type { LinkOptions } from "./inputs.ts";

export interface SiteCertificateLinkArgs extends LinkOptions {
  /** The certificate to serve, or the issuance that brings it: id and facts are taken. Excludes the two ids. */
  readonly certificate?: Certificate | CertificateIssuance;
  /** Id of a certificate that is not in this program. */
  readonly certificateId?: Input<number | string>;
  /** Template whose newest usable certificate is served; Qwilt's own renewals are not drift. */
  readonly certificateTemplateId?: Input<number | string>;
}

/**
 * The one certificate a site serves. A changed certificate moves the site in place: unlink, link, publish each target
 * in production, never a publish in between. Give it the `revisionId` of the configuration and let the SitePublication
 * depend on it: then a certificate and a revision that change together are one publish. Deleting it on a live site unlinks
 * and republishes.
 */
export class SiteCertificateLink extends CustomResource {
  declare readonly siteId: Output<string>;
  declare readonly certificateId: Output<number>;
  /** Certificate that was linked when the site was last looked at. */
  declare readonly linkedCertificateId: Output<number | null>;
  /**
   * Per target in production ("staging", "ga"): `{ publishId, publishStatus, activatedAt, certificateId, revisionId }`.
   * `certificateId` is what the publish took along, "unknown" when it was not followed; `revisionId` is what it brought.
   */
  declare readonly targets: Output<RememberedTargets>;
  /** Milliseconds that the site had nothing linked in the last change; nothing was published meanwhile. */
  declare readonly unlinkedForMs: Output<number | undefined>;
  /**
   * What production serves: `{ siteId, target, fingerprint, publishId, activatedAt, notAfter, seen }`, seen by "handshake" or
   * told by the "api". undefined while the site is not in production.
   */
  declare readonly proof: Output<Proof | undefined>;
  /** SHA-256 of the certificate, lower-case hex; undefined when only an id was given. */
  declare readonly fingerprint: Output<string | undefined>;
  /** End of the certificate's validity, ISO 8601 UTC; undefined when only an id was given. */
  declare readonly notAfter: Output<string | undefined>;

  constructor(name: string, args: SiteCertificateLinkArgs, opts?: CustomResourceOptions) {
    const { certificate: _certificate, certificateId: _id, certificateTemplateId: _template, ...options } = args;
    const outputs = { linkedCertificateId: undefined, targets: undefined, unlinkedForMs: undefined, proof: undefined };
    super(
      typeToken("SiteCertificateLink"),
      name,
      {
        ...outputs,
        ...options,
        ...wanted(args),
        ...hiddenInputs("SiteCertificateLink", name, opts),
      },
      opts,
    );
  }
}

function wanted({ certificate, certificateId, certificateTemplateId }: SiteCertificateLinkArgs) {
  // A program in JavaScript may give null, or anything else.
  if (certificate === undefined || certificate === null) return { certificateId, certificateTemplateId };
  // `check` reports it on its property, together with everything else that is wrong.
  if (certificateId !== undefined || certificateTemplateId !== undefined)
    return { certificateId, certificate: "conflict" };
  if (!isOfKind(certificate, "Certificate") && !isOfKind(certificate, "CertificateIssuance"))
    return { certificate: "other" };
  const { fingerprint, dnsNames, ipAddresses, notAfter } = certificate;
  const facts = { fingerprint, dnsNames, ipAddresses, notAfter };
  if ("certificateTemplateId" in certificate) {
    const template = certificate.certificateTemplateId;
    return {
      certificate: "issuance",
      certificateId: certificate.certificateId,
      certificateTemplateId: template,
      ...facts,
    };
  }
  return { certificateId: output(certificate.id).apply(Number), ...facts };
}

/** By the type of the resource, not by its class: a program may hold two copies of this package. */
function isOfKind(value: unknown, kind: string): boolean {
  return Resource.isInstance(value) && Reflect.get(value, "__pulumiType") === `pulumi-nodejs:dynamic/qwilt:${kind}`;
}
