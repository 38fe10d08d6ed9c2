/** Limits of the CA/Browser Forum on the lifetime of public TLS certificates (Baseline Requirements 6.3.2, ballot SC-081v3). */

const DAY_SECONDS = 86_400;

/** Newest first; before March 2018 the limit was in months, and such certificates have long expired. */
const LIMITS = [
  { from: Date.UTC(2029, 2, 15), days: 47 },
  { from: Date.UTC(2027, 2, 15), days: 100 },
  { from: Date.UTC(2026, 2, 15), days: 200 },
  { from: Date.UTC(2020, 8, 1), days: 398 },
  { from: Date.UTC(2018, 2, 1), days: 825 },
] as const;

/**
 * Maximum lifetime in days of a certificate issued at that time (epoch milliseconds); undefined before there was a
 * limit in days.
 */
export function lifetimeLimitDays(issuedAt: number): number | undefined {
  return LIMITS.find(({ from }) => issuedAt >= from)?.days;
}

/**
 * Lifetime as the Baseline Requirements count it (1.6.1, "Validity Period"): from `notBefore` through `notAfter`,
 * inclusive, and every second beyond a whole day counts as another day.
 */
export function lifetimeDays({ notBefore, notAfter }: { notBefore: number; notAfter: number }): number {
  return Math.ceil(((notAfter - notBefore) / 1000 + 1) / DAY_SECONDS);
}
