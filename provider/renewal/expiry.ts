/** Dates in words. Pure. */
const DAY_MS = 86_400_000;

/** "valid until 2027-01-09, was 2026-12-01 (8 days left)": what a reviewer reads on a certificate's row. */
export function describeValidity(notAfter: string | undefined, was: string | undefined, now: number): string {
  const next = notAfter === undefined ? "valid until (known after the certificate is)" : `valid until ${day(notAfter)}`;
  if (was === undefined) return next;
  if (notAfter !== undefined && day(notAfter) === day(was)) return `${next} as before (${describeLeft(was, now)})`;
  return `${next}, was ${day(was)} (${describeLeft(was, now)})`;
}

/** "8 days left", "expired 3 days ago". */
export function describeLeft(notAfter: string, now: number): string {
  const days = Math.floor((Date.parse(notAfter) - now) / DAY_MS);
  if (days < 0) return `expired ${plural(-days)} ago`;
  return `${plural(days)} left`;
}

/** "ends in 12 days (2027-01-09)" within the warning window; undefined before it. */
export function describeExpiry(notAfter: string | undefined, now: number, warningDays: number): string | undefined {
  const end = Date.parse(notAfter ?? "");
  if (Number.isNaN(end) || end - now > warningDays * DAY_MS) return undefined;
  if (end < now)
    return `expired ${plural(Math.max(1, Math.floor((now - end) / DAY_MS)))} ago (${day(new Date(end).toISOString())})`;
  return `ends in ${plural(Math.floor((end - now) / DAY_MS))} (${day(new Date(end).toISOString())})`;
}

function day(iso: string): string {
  return iso.slice(0, 10);
}

function plural(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}

/** How many names a row shows before it only counts them. */
const NAMES_SHOWN = 6;

/** "names a, b as before", or "names a, c (new: c; gone: b)". */
export function describeNames(names: readonly string[], before: readonly string[] | undefined): string {
  const list = `names ${some(names)}`;
  if (before === undefined) return list;
  const added = names.filter((name) => !before.includes(name));
  const gone = before.filter((name) => !names.includes(name));
  if (added.length === 0 && gone.length === 0) return `${list} as before`;
  const parts = [added.length > 0 ? `new: ${some(added)}` : "", gone.length > 0 ? `gone: ${some(gone)}` : ""];
  return `${list} (${parts.filter((part) => part !== "").join("; ")})`;
}

function some(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const rest = names.length - NAMES_SHOWN;
  return rest > 0 ? `${names.slice(0, NAMES_SHOWN).join(", ")} and ${rest} more` : names.join(", ");
}
