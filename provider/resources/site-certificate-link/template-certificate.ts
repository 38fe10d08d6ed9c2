/** Which certificate a link with a template uses, and whether another one belongs to the same template. */
import { notIssued } from "../../core/errors/issuance-errors.ts";
import { templateMissing } from "../../core/errors/object-errors.ts";
import { linkableCertificate } from "../../issuance/linkable-certificate.ts";
import type { Context } from "../../run/lifecycle.ts";
import { ownCertificate, type SiteCertificateLinkArgs, type SiteCertificateLinkState } from "./args.ts";

/**
 * The certificate to link. With a template it is the newest usable one, read now: Qwilt renews by itself, and the state
 * may be out of date. undefined: an issuance that is not done, whose certificate a later run links.
 *
 * @throws QWILT_NOT_ISSUED, QWILT_TEMPLATE_MISSING
 */
export async function wantedCertificate(
  inputs: SiteCertificateLinkArgs,
  state: SiteCertificateLinkState | undefined,
  ctx: Context,
): Promise<number | undefined> {
  const templateId = inputs.certificateTemplateId;
  if (templateId === undefined) return inputs.certificateId;
  const template = await ctx.api.certificateTemplates.get(templateId);
  if (template === undefined) {
    throw templateMissing({ templateId, missing: "template", siteId: inputs.siteId });
  }
  const newest = template.lastCertificateId;
  // What the issuance waited for, and what is already linked, need no second request.
  const used = inUse(inputs, state);
  if (newest !== undefined && (newest === inputs.certificateId || newest === used)) return newest;
  const csrId = template.csrIds.at(-1);
  const request = newest === undefined || csrId === undefined ? undefined : await ctx.api.signingRequests.get(csrId);
  const linkable = await linkableCertificate(template, request, used, ctx.api);
  if (linkable !== undefined) return linkable;
  if (inputs.certificate === "issuance") return undefined;
  throw notIssued({ siteId: inputs.siteId, templateId });
}

/** The certificate of this template that the site or the issuance has. */
function inUse(inputs: SiteCertificateLinkArgs, state: SiteCertificateLinkState | undefined): number | undefined {
  const linked = state?.certificateTemplateId === inputs.certificateTemplateId ? state?.linkedCertificateId : undefined;
  const own = linked !== undefined && linked !== null && state !== undefined && linked === ownCertificate(state);
  return own ? linked : inputs.certificateId;
}

/** A certificate names its signing request, which names its template. */
export async function isOfTemplate(certificateId: number, templateId: number, ctx: Context): Promise<boolean> {
  const certificate = await ctx.api.certificates.get(certificateId);
  if (certificate?.csrId === undefined) return false;
  const request = await ctx.api.signingRequests.get(certificate.csrId);
  return request?.certificateTemplateIdRef === templateId;
}
