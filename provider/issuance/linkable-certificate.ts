/** Which certificate of a template may be linked now; not always the template's newest one (docs/qwilt-api.md 5.1). */
import type { QwiltApi } from "../api/qwilt-api.ts";
import type { CertificateTemplate } from "../wire/certificate-template.ts";
import type { CertificateSigningRequest } from "../wire/signing-request.ts";
import { classifySigningState } from "../wire/signing-state.ts";

/** What the newest signing request means for the template's newest certificate. */
export type Standing =
  /** It is the one to link. */
  | "usable"
  /** Qwilt itself links and publishes it on sites that have an earlier one; other sites may link it. */
  | "being-moved"
  /**
   * Its activation failed, or its state is unknown: the guide does not list it as linkable, and the earlier one stays.
   */
  | "not-linkable"
  /** The newest request has no certificate yet: the template's newest one belongs to an earlier request. */
  | "earlier";

export function standingOf(request: CertificateSigningRequest | undefined): Standing {
  // The guide gives no states for self-managed requests (U19).
  if (request === undefined || request.autoManagedCsr === false) return "usable";
  const { kind, waitingOn, issued } = classifySigningState(request.signingState);
  if (kind === "usable") return waitingOn === "nobody" ? "usable" : "being-moved";
  return issued === "no" ? "earlier" : "not-linkable";
}

/**
 * @param inUse certificate of the template that the stack or its site uses; undefined: none
 * @returns undefined: none may be linked
 */
export async function linkableCertificate(
  template: CertificateTemplate,
  request: CertificateSigningRequest | undefined,
  inUse: number | undefined,
  api: QwiltApi,
): Promise<number | undefined> {
  const newest = template.lastCertificateId;
  if (newest === undefined || newest === inUse) return newest;
  const standing = standingOf(request);
  if (standing === "usable" || standing === "earlier") return newest;
  if (inUse !== undefined && (await api.certificates.listShared()).some(({ certId }) => certId === inUse)) return inUse;
  return standing === "being-moved" ? newest : earlierOne(template, api);
}

async function earlierOne({ csrIds }: CertificateTemplate, api: QwiltApi): Promise<number | undefined> {
  for (const csrId of csrIds.slice(0, -1).reverse()) {
    const request = await api.signingRequests.get(csrId);
    if (request?.lastCertificateId !== undefined && standingOf(request) !== "not-linkable")
      return request.lastCertificateId;
  }
  return undefined;
}
