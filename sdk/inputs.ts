/** The arguments of the resources as programs write them: each field may be an output. */
import type { Input } from "@pulumi/pulumi";
import type { CertificateArgs as Certificate } from "../provider/resources/certificate/args.ts";
import type { CertificateIssuanceArgs as Issuance } from "../provider/resources/certificate-issuance.ts";
import type { CertificateTemplateArgs as Template } from "../provider/resources/certificate-template/args.ts";
import type { SiteArgs as Site } from "../provider/resources/site.ts";
import type { SiteCertificateLinkArgs as Link } from "../provider/resources/site-certificate-link/args.ts";
import type { SiteConfigurationArgs as Configuration } from "../provider/resources/site-configuration.ts";
import type { SitePublicationArgs as Publication } from "../provider/resources/site-publication.ts";

/** Every property of T, deeply, may be a value, a promise or an output. */
export type Inputs<T> = { [K in keyof T]: Input<Deep<T[K]>> };
type Deep<T> = T extends readonly (infer I)[]
  ? Input<Deep<I>>[]
  : T extends object
    ? { [K in keyof T]: Input<Deep<T[K]>> }
    : T;

export type CertificateArgs = Omit<Inputs<Certificate>, "csrId"> & {
  /** Instead of a key: the signing request at Qwilt that has it. */
  readonly csrId?: Input<number | string>;
};
export type CertificateTemplateArgs = Inputs<Template>;
export type CertificateIssuanceArgs = Omit<Inputs<Issuance>, "certificateTemplateId"> & {
  /** Template whose certificate to wait for. Changing it replaces the issuance. */
  readonly certificateTemplateId: Input<number | string>;
};
export type SiteArgs = Inputs<Site>;
export type SitePublicationArgs = Inputs<Publication>;
export type SiteConfigurationArgs = Omit<Inputs<Configuration>, "hostIndex"> & {
  /** The configuration, as an object or JSON text, compared by meaning. */
  readonly hostIndex: Input<Record<string, unknown> | string>;
};
export type LinkOptions = Omit<
  Inputs<Link>,
  | "certificate"
  | "certificateId"
  | "certificateTemplateId"
  | "fingerprint"
  | "dnsNames"
  | "ipAddresses"
  | "notAfter"
  | "requires"
>;
