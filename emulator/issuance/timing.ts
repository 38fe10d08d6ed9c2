/** When signing requests and renewals change state. Pure. */
import { createHash } from "node:crypto";

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Qwilt takes 30 to 60 minutes (docs/qwilt-api.md 4.3 rule 4); the same request always takes the same time. */
export function usualIssueMs(csrId: number): number {
  const digest = createHash("sha256").update(`issue ${csrId}`).digest();
  return 30 * minuteMs + (digest.readUInt32BE(0) % (30 * 60)) * 1_000;
}

/** Shares of the time from a correct CNAME to a linkable certificate at which the states before it begin. */
export const share = { requested: 0.1, challenged: 0.5, signed: 1 } as const;

/** How long the state NOTIFY_SITES lasts before sites are switched. */
export function notifyDelayMs(issueMs: number): number {
  return Math.floor(issueMs * 0.1);
}

/**
 * How long a delegation may be wrong before the request fails, so that a customer who is changing the record has time.
 * Qwilt's limit is not known.
 */
export function wrongDelegationGraceMs(issueMs: number): number {
  return Math.min(issueMs * 2, 10 * minuteMs);
}

/**
 * When a managed certificate is renewed (U21): some days before expiry, and for short lifetimes when a third is left
 * (Let's Encrypt's advice). Never at once, or a CA with another clock would be asked endlessly.
 */
export function renewalDueAtMs(
  certificate: { readonly notBeforeMs: number; readonly notAfterMs: number },
  daysBeforeExpiry: number,
  now: number,
): number {
  const { notBeforeMs, notAfterMs } = certificate;
  const marginMs = Math.min(daysBeforeExpiry * dayMs, Math.floor((notAfterMs - notBeforeMs) / 3));
  return Math.max(notAfterMs - marginMs, now + Math.min(dayMs, marginMs));
}
