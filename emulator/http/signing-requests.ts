import type { EmulatorContext } from "../context.ts";
import type { SigningRequest } from "../domain/signing-request.ts";
import { lastCertificateId } from "../issuance/certificate-pool.ts";
import { pairsOf } from "../issuance/challenge.ts";
import { findSigningRequest } from "./find.ts";
import type { ApiRequest, Reply, Route } from "./route.ts";

const collection = "/api/v2/certificate-signing-requests";
const item = `${collection}/{csrId}`;

/** Certificate signing requests (docs/qwilt-api.md 4.3). */
export function signingRequestRoutes(context: EmulatorContext): readonly Route[] {
  const { store, rules, issuer } = context;

  const list = (request: ApiRequest): Reply => ({
    status: rules.doneStatus,
    body: store.signingRequests
      .list({ organisation: request.actor.organisation })
      .map((known) => signingRequestOnWire(context, known)),
  });

  const read = (request: ApiRequest): Reply => {
    const found = findSigningRequest(context, request);
    const shown = request.signing === undefined ? found : issuer.force(found, request.signing, request.now);
    return { status: rules.doneStatus, body: signingRequestOnWire(context, shown) };
  };

  /** U1. */
  const download = (request: ApiRequest): Reply => ({
    status: rules.doneStatus,
    body: findSigningRequest(context, request).csrPem,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });

  return [
    { method: "GET", path: collection, handle: list },
    { method: "GET", path: item, concernsSigning: true, handle: read },
    ...rules.csrDownloadPaths.map((path): Route => ({ method: "GET", path: `${item}${path}`, handle: download })),
  ];
}

export function signingRequestOnWire(context: EmulatorContext, request: SigningRequest): object {
  return {
    csrId: request.csrId,
    tenant: request.organisation,
    commonName: request.commonName,
    sans: request.sans,
    country: request.country,
    state: request.state,
    locality: request.locality,
    organizationName: request.organizationName,
    challengeDelegationOfDomainsList: pairsOf(context.rules, request),
    signingState: request.signingState,
    autoManagedCsr: request.autoManaged,
    lastCertificateId: lastCertificateId(context, [request]),
    // A string here, a number in the template itself (docs/qwilt-api.md 3.1).
    certificateTemplateIdRef: String(request.templateId),
  };
}
