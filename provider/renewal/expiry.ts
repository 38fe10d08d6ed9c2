/** Dates in words. Pure. */
const DAY_MS = 86_400_000;

/** "valid until 2027-01-09, was 2026-12-01 (8 days left)": what a reviewer reads on a certificate's row. */
export function describeValidity(notAfter: string | undefined, was: string | undefined, now: number): string {
  const next = notAfter === undefined ? "valid until (known after the certificate is)" : `valid until ${day(notAfter)}`;
  if (was === undefined) return next;
  return `${next}, was ${day(was)} (${describeLeft(was, now)})`;
}

/** "8 days left", "expired 3 days ago". */
export function describeLeft(notAfter: string, now: number): string {
  const days = Math.floor((Date.parse(notAfter) - now) / DAY_MS);
  if (days < 0) return `expired ${plural(-days)} ago`;
  return `${plural(days)} left`;
}

function day(iso: string): string {
  return iso.slice(0, 10);
}

function plural(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}
