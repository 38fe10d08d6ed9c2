import type { EmulatorContext } from "../context.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import { type CertificateTemplate, readTemplate } from "../domain/certificate-template.ts";
import { isFailure } from "../domain/signing-state.ts";
import { lastCertificateId } from "../issuance/certificate-pool.ts";
import { findTemplate } from "./find.ts";
import { type ApiRequest, objectBody, type Reply, type Route } from "./route.ts";
import { signingRequestOnWire } from "./signing-requests.ts";

const collection = "/api/v2/certificate-templates";
const item = `${collection}/{certificateTemplateId}`;

/** Certificate templates (docs/qwilt-api.md 4.2). They cannot be updated. */
export function templateRoutes(context: EmulatorContext): readonly Route[] {
  const { store, rules, issuer } = context;

  const list = (request: ApiRequest): Reply => {
    const templates = store.templates.list({ organisation: request.actor.organisation });
    const ordered = rules.listOrder.templates === "newest-first" ? [...templates].reverse() : templates;
    return { status: rules.doneStatus, body: ordered.map((template) => templateOnWire(context, template)) };
  };

  const create = (request: ApiRequest): Reply => {
    const fields = readTemplate(objectBody(request), rules);
    const { organisation } = request.actor;
    const templateId = store.meta.next("template");
    const template: CertificateTemplate = { ...fields, templateId, organisation, createdAtMs: request.now };
    store.templates.put(template);
    issuer.create(template, { reason: "created", forcedOutcome: request.signing, keyPem: request.newKey }, request.now);
    return { status: rules.createdStatus, body: templateOnWire(context, template) };
  };

  const remove = (request: ApiRequest): Reply => {
    const { templateId } = findTemplate(context, request);
    const requests = store.signingRequests.list({ template_id: templateId });
    const hasCertificates = requests.some(({ csrId }) => store.certificates.has({ csr_id: csrId }));
    if (hasCertificates && rules.deleteTemplateWithCertificates === "refuse") {
      throw new ApiProblem(409, `Certificate template ${templateId} has certificates. Delete them first.`);
    }
    issuer.forget(templateId);
    store.templates.delete({ id: templateId });
    return { status: rules.doneStatus, body: {} };
  };

  /** U2: the remedy in two failure states. */
  const trigger = (request: ApiRequest): Reply => {
    const template = findTemplate(context, request);
    const current = store.signingRequests.list({ template_id: template.templateId }).at(-1);
    const isUnderWay = current !== undefined && template.autoManaged && !hasEnded(current.signingState);
    if (isUnderWay && rules.newCsrWhileRunning === "refuse") {
      throw new ApiProblem(409, `Certificate signing request ${current.csrId} of this template is under way.`);
    }
    const made = issuer.create(
      template,
      { reason: "triggered", forcedOutcome: request.signing, keyPem: request.newKey },
      request.now,
    );
    return { status: rules.createdStatus, body: signingRequestOnWire(context, made) };
  };

  return [
    { method: "GET", path: collection, handle: list },
    { method: "POST", path: collection, concernsSigning: true, needsKey: true, handle: create },
    {
      method: "GET",
      path: item,
      handle: (request) => ({
        status: rules.doneStatus,
        body: templateOnWire(context, findTemplate(context, request)),
      }),
    },
    { method: "DELETE", path: item, handle: remove },
    { method: "POST", path: `${item}${rules.newCsrPath}`, concernsSigning: true, needsKey: true, handle: trigger },
  ];
}

function hasEnded(state: Parameters<typeof isFailure>[0]): boolean {
  return isFailure(state) || state === "NOTIFIED_SITES";
}

function templateOnWire(context: EmulatorContext, template: CertificateTemplate): object {
  const { templateId, organisation, autoManaged } = template;
  const requests = context.store.signingRequests.list({ template_id: templateId });
  return {
    certificateTemplateId: templateId,
    tenant: organisation,
    commonName: template.commonName,
    sans: template.sans,
    country: template.country,
    state: template.state,
    locality: template.locality,
    organizationName: template.organizationName,
    autoManagedCertificateTemplate: autoManaged,
    lastCertificateId: lastCertificateId(context, requests),
    // The guide has `csrId`, the client `csrIds` with the newest last (9).
    csrId: requests.at(-1)?.csrId ?? null,
    csrIds: requests.map(({ csrId }) => csrId),
  };
}
