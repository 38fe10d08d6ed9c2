/** When signing requests and renewals move. Pure. */
import { createHash } from "node:crypto";

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** The real service takes 30 to 60 minutes (docs/qwilt-api.md 4.3 rule 4); a request always takes the same of them. */
export function usualIssueMs(csrId: number): number {
  const digest = createHash("sha256").update(`issue ${csrId}`).digest();
  return 30 * minuteMs + (digest.readUInt32BE(0) % (30 * 60)) * 1_000;
}

/** Parts of the time from a good CNAME to a linkable certificate at which the states before it begin. */
export const share = { requested: 0.1, challenged: 0.5, signed: 1 } as const;

/** How long the state NOTIFY_SITES shows before sites are told. */
export function notifyDelayMs(issueMs: number): number {
  return Math.floor(issueMs * 0.1);
}

/**
 * How long a delegation may be wrong before the request fails: a customer who is just changing the record is not
 * punished. Nothing is known of the real service.
 */
export function wrongDelegationGraceMs(issueMs: number): number {
  return Math.min(issueMs * 2, 10 * minuteMs);
}

/**
 * When a managed certificate is renewed (U21): some days before its end, and for short lives when a third is left
 * (Let's Encrypt's advice). Never at once, or a CA with another clock would be asked without end.
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
