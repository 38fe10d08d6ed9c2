import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { CertificateIssuanceState } from "../provider/resources/certificate-issuance.ts";
import { declared, hiddenInputs, type Outputs, resourceWith, typeToken } from "./dynamic-resource.ts";
import type { CertificateIssuanceArgs } from "./inputs.ts";

const OUTPUTS = [
  "certificateTemplateId",
  "certificateId",
  "csrId",
  "signingState",
  "fingerprint",
  "dnsNames",
  "ipAddresses",
  "notAfter",
  "waitingSince",
] as const satisfies readonly (keyof CertificateIssuanceState)[];

/**
 * Waits until a template's certificate can be linked, usually 30 to 60 minutes after the delegation records exist. Make it
 * depend on the DNS records. A failed signing state ends the wait at once and the error shows the remedy; the next run resumes
 * an interrupted wait.
 *
 * @example
 * ```ts
 * import * as qwilt from "pulumi-qwilt";
 *
 * declare const template: qwilt.CertificateTemplate, site: qwilt.Site;
 *
 * const issuance = new qwilt.CertificateIssuance("www", {
 *   certificateTemplateId: template.certificateTemplateId,
 *   timeouts: { create: 120 },
 * });
 * new qwilt.SiteCertificateLink("www", { siteId: site.siteId, certificate: issuance });
 * export const validUntil = issuance.notAfter;
 * ```
 */
export class CertificateIssuance extends resourceWith<Outputs<CertificateIssuanceState, (typeof OUTPUTS)[number]>>() {
  constructor(name: string, args: CertificateIssuanceArgs, opts?: CustomResourceOptions) {
    const props = { ...declared(OUTPUTS), ...args, ...hiddenInputs("CertificateIssuance", name, opts) };
    super(typeToken("CertificateIssuance"), name, props, opts);
  }
}
