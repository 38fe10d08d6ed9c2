/** A certificate in the organization's pool (docs/qwilt-api.md 4.1). Its texts and key are in its material. */
export interface Certificate {
  readonly certificateId: number;
  readonly organisation: string;
  /** Current material; a publication keeps the one that was current when it was requested. */
  readonly materialId: number;
  readonly csrId: number | null;
  readonly description: string | null;
  /** Stored and returned as sent (U4). */
  readonly expiryNotify: unknown;
  readonly email: string | null;
  readonly revoked: boolean;
}

export type CertificateStatus = "ISSUED" | "ACTIVE" | "EXPIRED" | "REVOKED";

/**
 * Computed status (docs/qwilt-api.md 5.3): revoked by an operator, past `notAfter`, served by a published site,
 * otherwise just issued.
 */
export function certificateStatus(
  facts: { readonly revoked: boolean; readonly notAfterMs: number; readonly served: boolean },
  now: number,
): CertificateStatus {
  if (facts.revoked) return "REVOKED";
  if (now > facts.notAfterMs) return "EXPIRED";
  return facts.served ? "ACTIVE" : "ISSUED";
}
