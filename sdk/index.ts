/** Entry point "pulumi-qwilt": what programs import. */
export type { DelegationRecord } from "../provider/issuance/delegation/records.ts";
export type { Proof } from "../provider/resources/site-certificate-link/args.ts";
export type { RememberedTargets } from "../provider/site/last-observed.ts";
export { Certificate } from "./certificate.ts";
export { CertificateIssuance } from "./certificate-issuance.ts";
export { CertificateTemplate, delegationNames } from "./certificate-template.ts";
export type {
  CertificateArgs,
  CertificateIssuanceArgs,
  CertificateTemplateArgs,
  SiteArgs,
  SiteConfigurationArgs,
  SitePublicationArgs,
} from "./inputs.ts";
export { Site } from "./site.ts";
export { type Requires, SiteCertificateLink, type SiteCertificateLinkArgs } from "./site-certificate-link.ts";
export { SiteConfiguration } from "./site-configuration.ts";
export { SitePublication } from "./site-publication.ts";
