/** A certificate of the organisation's pool (docs/qwilt-api.md 4.1). Its texts and key are in its material. */
export interface Certificate {
  readonly certificateId: number;
  readonly organisation: string;
  /** Current material; a publication keeps the one that it took. */
  readonly materialId: number;
  readonly csrId: number | null;
  readonly description: string | null;
  /** Stored and echoed as sent (U4). */
  readonly expiryNotify: unknown;
  readonly email: string | null;
  readonly revoked: boolean;
}

export type CertificateStatus = "ISSUED" | "ACTIVE" | "EXPIRED" | "REVOKED";

/**
 * Status from facts (docs/qwilt-api.md 5.3): revoked by an operator, past `notAfter`, served by a published site, else just issued.
 */
export function certificateStatus(
  facts: { readonly revoked: boolean; readonly notAfterMs: number; readonly served: boolean },
  now: number,
): CertificateStatus {
  if (facts.revoked) return "REVOKED";
  if (now > facts.notAfterMs) return "EXPIRED";
  return facts.served ? "ACTIVE" : "ISSUED";
}
