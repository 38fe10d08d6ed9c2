import type { EmulatorContext } from "../context.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import { type Certificate, certificateStatus } from "../domain/certificate.ts";
import { certificateIn } from "../domain/signing-state.ts";
import { changeSite, requireLivingSite, type Site } from "../domain/site.ts";
import { findRevision, findSite } from "./find.ts";
import { type ApiRequest, decimalId, numericParam, objectBody, type Reply, type Route } from "./route.ts";

const collection = "/api/v2/sites/{siteId}/certificates";

/** The link between a site and its one certificate (docs/qwilt-api.md 4.6). */
export function siteCertificateRoutes(context: EmulatorContext): readonly Route[] {
  const { store, rules } = context;

  const list = (request: ApiRequest): Reply => {
    const site = findSite(context, request);
    const revisionId = request.query.get("siteRevisionId");
    const certificateId =
      revisionId === null || revisionId === ""
        ? site.linkedCertificateId
        : certificateOfRevision(context, site, findRevision(context, site, revisionId).revisionId);
    return { status: rules.doneStatus, body: linksOnWire(context, site, certificateId) };
  };

  const link = (request: ApiRequest): Reply => {
    const site = findSite(context, request);
    requireLivingSite(site, rules);
    const certificate = wantedCertificate(context, request);
    refuseUnusable(context, certificate, request.now);
    const changed = changeSite(site, { kind: "link", certificateId: certificate.certificateId }, request.now, rules);
    store.sites.put(changed);
    // An array: the official client reads element 0 and crashes on an empty one (R2).
    return { status: rules.createdStatus, body: linksOnWire(context, changed, changed.linkedCertificateId) };
  };

  const unlink = (request: ApiRequest): Reply => {
    const site = findSite(context, request);
    const certificateId = numericParam(request, "certificateId") ?? -1;
    store.sites.put(changeSite(site, { kind: "unlink", certificateId }, request.now, rules));
    return { status: rules.doneStatus, body: {} };
  };

  return [
    { method: "GET", path: collection, handle: list },
    { method: "POST", path: collection, handle: link },
    { method: "DELETE", path: `${collection}/{certificateId}`, handle: unlink },
  ];
}

function linksOnWire({ store, rules }: EmulatorContext, site: Site, certificateId: number | null): readonly object[] {
  if (certificateId === null) return [];
  const published = store.operations
    .list({ site_id: site.siteId, is_active: 1 })
    .some((operation) => operation.certificate?.certificateId === certificateId);
  return [
    {
      certificateId: String(certificateId),
      certificateType: rules.linkCertificateType,
      target: rules.linkTarget,
      state: published ? rules.linkStates.published : rules.linkStates.linked,
    },
  ];
}

/** U27. */
function certificateOfRevision({ store, rules }: EmulatorContext, site: Site, revisionId: string): number | null {
  const last = store.operations
    .list({ site_id: site.siteId })
    .filter((operation) => operation.operationType === "Publish" && operation.revisionId === revisionId)
    .findLast((operation) => operation.phase === "succeeded");
  if (last !== undefined) return last.certificate?.certificateId ?? null;
  return rules.linksOfUnpublishedRevision === "current" ? site.linkedCertificateId : null;
}

/** The id is a decimal string here (docs/qwilt-api.md 3.1). */
function wantedCertificate({ store, rules }: EmulatorContext, request: ApiRequest): Certificate {
  const { certificateId } = objectBody(request);
  const text = typeof certificateId === "number" ? String(certificateId) : certificateId;
  if (typeof text !== "string" || text === "") {
    throw new ApiProblem(400, "certificateId is required and must be a string.");
  }
  const certificate = store.certificates.get(decimalId(text) ?? -1);
  if (certificate === undefined || certificate.organisation !== request.actor.organisation) {
    throw new ApiProblem(rules.unknownCertificateStatus, `Certificate ${text} does not exist.`);
  }
  return certificate;
}

function refuseUnusable({ store, rules }: EmulatorContext, certificate: Certificate, now: number): void {
  // docs/qwilt-api.md 4.6 rule 5. A certificate whose template was deleted has nothing to wait for.
  const issuedFor = certificate.csrId === null ? undefined : store.signingRequests.get(certificate.csrId);
  if (issuedFor?.autoManaged && certificateIn(issuedFor.signingState) !== "linkable") {
    const { csrId, signingState } = issuedFor;
    throw new ApiProblem(
      409,
      `Certificate ${certificate.certificateId} cannot be linked: its CSR ${csrId} is ${signingState}.`,
    );
  }
  if (rules.linkUnusable === "accept") return;
  const { revoked, materialId, certificateId } = certificate;
  const notAfterMs = store.materials.get(materialId)?.notAfterMs ?? 0;
  const status = certificateStatus({ revoked, notAfterMs, served: false }, now);
  if (status !== "ISSUED") throw new ApiProblem(409, `Certificate ${certificateId} cannot be linked: it is ${status}.`);
}
