import type { EmulatorContext } from "../context.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import type { Certificate } from "../domain/certificate.ts";
import type { CertificateTemplate } from "../domain/certificate-template.ts";
import type { PublishingOperation } from "../domain/publishing-operation.ts";
import type { SigningRequest } from "../domain/signing-request.ts";
import type { Site } from "../domain/site.ts";
import type { SiteConfiguration } from "../domain/site-configuration.ts";
import { type ApiRequest, decimalId, numericParam, param } from "./route.ts";

/**
 * Finds the object of a request in the caller's organization. An object of another organization gives the same response
 * as one that does not exist (U17).
 */
export function findSite({ store, rules }: EmulatorContext, request: ApiRequest): Site {
  const siteId = param(request, "siteId");
  const site = store.sites.get(siteId);
  if (site === undefined) throw new ApiProblem(404, `Site ${siteId} does not exist.`);
  if (site.organisation !== request.actor.organisation) {
    throw new ApiProblem(rules.foreignObjectStatus, `Site ${siteId} does not exist.`);
  }
  return site;
}

export function findCertificate({ store, rules }: EmulatorContext, request: ApiRequest): Certificate {
  const certificateId = numericParam(request, "certId");
  const certificate = certificateId === undefined ? undefined : store.certificates.get(certificateId);
  const message = `Certificate ${param(request, "certId")} does not exist.`;
  if (certificate === undefined) throw new ApiProblem(404, message);
  if (certificate.organisation !== request.actor.organisation) throw new ApiProblem(rules.foreignObjectStatus, message);
  return certificate;
}

export function findTemplate({ store, rules }: EmulatorContext, request: ApiRequest): CertificateTemplate {
  const templateId = numericParam(request, "certificateTemplateId");
  const template = templateId === undefined ? undefined : store.templates.get(templateId);
  const message = `Certificate template ${param(request, "certificateTemplateId")} does not exist.`;
  if (template === undefined) throw new ApiProblem(404, message);
  if (template.organisation !== request.actor.organisation) throw new ApiProblem(rules.foreignObjectStatus, message);
  return template;
}

export function findSigningRequest(context: EmulatorContext, request: ApiRequest): SigningRequest {
  return signingRequestOf(context, param(request, "csrId"), request.actor.organisation);
}

/** @param id as received, in a path or a body */
export function signingRequestOf({ store, rules }: EmulatorContext, id: string, organisation: string): SigningRequest {
  const found = store.signingRequests.get(decimalId(id) ?? -1);
  const message = `Certificate signing request ${id} does not exist.`;
  if (found === undefined) throw new ApiProblem(404, message);
  if (found.organisation !== organisation) throw new ApiProblem(rules.foreignObjectStatus, message);
  return found;
}

export function findRevision({ store }: EmulatorContext, site: Site, revisionId: unknown): SiteConfiguration {
  const revision = typeof revisionId === "string" ? store.configurations.get(revisionId) : undefined;
  if (revision?.siteId === site.siteId) return revision;
  throw new ApiProblem(404, `Revision ${String(revisionId)} of site ${site.siteId} does not exist.`);
}

export function findOperation({ store }: EmulatorContext, site: Site, request: ApiRequest): PublishingOperation {
  const publishId = param(request, "publishId");
  const operation = store.operations.get(publishId);
  if (operation?.siteId === site.siteId) return operation;
  throw new ApiProblem(404, `Publishing operation ${publishId} of site ${site.siteId} does not exist.`);
}
