import type { EmulatorContext } from "../context.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import { type Certificate, certificateStatus } from "../domain/certificate.ts";
import { type CertificateMaterial, decodeKey, type PostedMaterial } from "../domain/certificate-material.ts";
import type { JsonObject } from "../domain/json.ts";
import type { SigningRequest } from "../domain/signing-request.ts";
import { addMaterial } from "../issuance/certificate-pool.ts";
import { findCertificate, signingRequestOf } from "./find.ts";
import { type ApiRequest, decimalId, flag, objectBody, optionalText, type Reply, type Route } from "./route.ts";

const collection = "/api/v2/certificates";
const item = "/api/v2/certificates/{certId}";

/** Certificates in the organization's pool (docs/qwilt-api.md 4.1). */
export function certificateRoutes(context: EmulatorContext): readonly Route[] {
  const { store, rules } = context;

  const upload = (request: ApiRequest): Reply => {
    const body = objectBody(request);
    const { organisation } = request.actor;
    const signingRequest = requestOfUpload(context, body, organisation);
    const certificateId = store.meta.next("certificate");
    const material = addMaterial(context, certificateId, postedByUpload(body, signingRequest), request.now);
    if (rules.duplicateUpload === "refuse") refuseDuplicate(context, organisation, material);
    const certificate: Certificate = {
      certificateId,
      organisation,
      materialId: material.materialId,
      csrId: signingRequest?.csrId ?? null,
      revoked: false,
      ...readOwnerFields(context, body),
    };
    store.certificates.put(certificate);
    if (signingRequest !== undefined) context.issuer.uploaded(signingRequest);
    return { status: rules.createdStatus, body: certificateOnWire(context, certificate, "detailed", request.now) };
  };

  const update = (request: ApiRequest): Reply => {
    const certificate = findCertificate(context, request);
    const body = objectBody(request);
    const csrId = readCsrId(context, body);
    if (csrId !== null && csrId !== certificate.csrId) throw new ApiProblem(400, "csrId cannot be changed.");
    const before = store.materials.get(certificate.materialId);
    if (before === undefined) throw new Error(`material ${certificate.materialId} is missing`);
    const posted = postedByUpdate(context, body, before);
    const same =
      posted.certificate === before.postedCertificate &&
      posted.chain === before.postedChain &&
      posted.keyPem === before.keyPem;
    // Unchanged texts keep their material: a new description does not require a republish.
    const { materialId } = same ? before : addMaterial(context, certificate.certificateId, posted, request.now);
    const changed: Certificate = { ...certificate, materialId, ...readOwnerFields(context, body) };
    store.certificates.put(changed);
    return { status: rules.doneStatus, body: certificateOnWire(context, changed, "detailed", request.now) };
  };

  const remove = (request: ApiRequest): Reply => {
    const { certificateId } = findCertificate(context, request);
    if (rules.deleteLinkedCertificate === "refuse" && store.sites.has({ certificate_id: certificateId })) {
      throw new ApiProblem(409, `Certificate ${certificateId} is linked to a site. Unlink it first.`);
    }
    if (rules.deleteServedCertificate === "refuse" && context.edge.serves(certificateId)) {
      throw new ApiProblem(
        409,
        `Certificate ${certificateId} is served by a published site. Republish that site first.`,
      );
    }
    // The material stays: the edge keeps serving what was published.
    store.certificates.delete({ id: certificateId });
    return { status: rules.doneStatus, body: {} };
  };

  const shape = (request: ApiRequest) =>
    flag(request, "detailed", rules) || rules.pemWithoutDetailed === "include" ? "detailed" : "short";

  return [
    {
      method: "GET",
      path: collection,
      handle: (request) => ({
        status: rules.doneStatus,
        body: store.certificates
          .list({ organisation: request.actor.organisation })
          .map((certificate) => certificateOnWire(context, certificate, shape(request), request.now)),
      }),
    },
    { method: "POST", path: collection, handle: upload },
    {
      method: "GET",
      path: item,
      handle: (request) => ({
        status: rules.doneStatus,
        body: certificateOnWire(context, findCertificate(context, request), shape(request), request.now),
      }),
    },
    { method: "PUT", path: item, handle: update },
    { method: "DELETE", path: item, handle: remove },
  ];
}

export function certificateOnWire(
  { store, edge, rules }: EmulatorContext,
  certificate: Certificate,
  shape: "detailed" | "short",
  now: number,
): object {
  const { certificateId, csrId, revoked, materialId } = certificate;
  const material = store.materials.get(materialId);
  if (material === undefined) throw new Error(`material ${materialId} is missing`);
  const status = certificateStatus(
    { revoked, notAfterMs: material.notAfterMs, served: edge.serves(certificateId) },
    now,
  );
  return {
    certId: certificateId,
    ...(shape === "detailed"
      ? { certificate: material.postedCertificate, certificateChain: material.postedChain }
      : {}),
    // A string here, a number in the CSR itself (docs/qwilt-api.md 3.1).
    csrId: csrId === null ? null : String(csrId),
    description: certificate.description,
    pkHash: material.pkHash,
    tenant: certificate.organisation,
    domain: material.domain,
    status,
    type: rules.certificateType,
    expiryNotify: certificate.expiryNotify,
    email: certificate.email,
  };
}

function postedTexts(body: JsonObject): { certificate: string; chain: string | null } {
  const { certificate } = body;
  if (typeof certificate !== "string" || certificate.trim() === "") {
    throw new ApiProblem(400, "certificate is required: the base64 of a PEM text.");
  }
  return { certificate, chain: optionalText(body, "certificateChain") };
}

/** The signing request that an upload names instead of a key; undefined if it names none. */
function requestOfUpload(context: EmulatorContext, body: JsonObject, organisation: string): SigningRequest | undefined {
  const { store, rules } = context;
  const csrId = readCsrId(context, body);
  if (csrId === null) return undefined;
  if ((optionalText(body, "privateKey") ?? "") !== "") throw new ApiProblem(400, "Give privateKey or csrId, not both.");
  const found = signingRequestOf(context, String(csrId), organisation);
  if (found.autoManaged && rules.uploadAgainstManagedCsr === "refuse") {
    throw new ApiProblem(
      409,
      `Certificate signing request ${csrId} is managed by Qwilt, which obtains its certificate.`,
    );
  }
  if (!rules.csrTakesSeveralUploads && store.certificates.has({ csr_id: csrId })) {
    throw new ApiProblem(409, `Certificate signing request ${csrId} has a certificate already.`);
  }
  return found;
}

/** Exactly one of key and CSR (U5). */
function postedByUpload(body: JsonObject, signingRequest: SigningRequest | undefined): PostedMaterial {
  const texts = postedTexts(body);
  const key = optionalText(body, "privateKey") ?? "";
  if (signingRequest !== undefined) return { ...texts, keyPem: signingRequest.keyPem, keySource: "csrId" };
  if (key === "") throw new ApiProblem(400, "One of privateKey and csrId is required.");
  return { ...texts, keyPem: decodeKey(key), keySource: "privateKey" };
}

/** U6: an empty key keeps the stored one, because the official client has no other after an import. */
function postedByUpdate({ rules }: EmulatorContext, body: JsonObject, before: CertificateMaterial): PostedMaterial {
  const texts = postedTexts(body);
  const key = optionalText(body, "privateKey") ?? "";
  if (key !== "") return { ...texts, keyPem: decodeKey(key), keySource: "privateKey" };
  if (rules.emptyKeyOnUpdate === "refuse") throw new ApiProblem(400, "privateKey is required.");
  return { ...texts, keyPem: before.keyPem, keySource: "the stored key" };
}

/** U3. */
function readCsrId({ rules }: EmulatorContext, body: JsonObject): number | null {
  const { csrId } = body;
  if (csrId === undefined || csrId === null || csrId === "") return null;
  const allowed = rules.csrIdTypesInUpload.some((type) => type === typeof csrId);
  const id = decimalId(String(csrId));
  if (!allowed || id === undefined) throw new ApiProblem(400, "csrId must be the id of a CSR.");
  return id;
}

function readOwnerFields(
  { rules }: EmulatorContext,
  body: JsonObject,
): Pick<Certificate, "description" | "expiryNotify" | "email"> {
  const expiryNotify = body.expiryNotify ?? null;
  if (rules.expiryNotify === "boolean" && expiryNotify !== null && typeof expiryNotify !== "boolean") {
    throw new ApiProblem(400, "expiryNotify must be a boolean.");
  }
  return { description: optionalText(body, "description"), expiryNotify, email: optionalText(body, "email") };
}

function refuseDuplicate({ store }: EmulatorContext, organisation: string, material: CertificateMaterial): void {
  const duplicate = store.certificates
    .list({ organisation })
    .find(({ materialId }) => store.materials.get(materialId)?.fingerprint === material.fingerprint);
  if (duplicate !== undefined) {
    throw new ApiProblem(409, `The certificate is in the pool already, with id ${duplicate.certificateId}.`);
  }
}
