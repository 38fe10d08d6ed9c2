/** Dates as text. Pure. */
import { DAY_MS, windowMs } from "./renewal-window.ts";

const HOUR_MS = 3_600_000;

/** "valid until 2027-01-09, was 2026-12-01 (8 days left)": the text on a certificate's row. */
export function describeValidity(notAfter: string | undefined, was: string | undefined, now: number): string {
  const next =
    notAfter === undefined ? "valid until (known after the certificate is issued)" : `valid until ${day(notAfter)}`;
  if (was === undefined) return next;
  if (notAfter !== undefined && day(notAfter) === day(was)) return `${next}, unchanged (${describeLeft(was, now)})`;
  return `${next}, was ${day(was)} (${describeLeft(was, now)})`;
}

/** "8 days left", "expired 3 days ago". */
export function describeLeft(notAfter: string, now: number): string {
  const days = Math.floor((Date.parse(notAfter) - now) / DAY_MS);
  if (days < 0) return `expired ${plural(-days)} ago`;
  return `${plural(days)} left`;
}

/** `qwilt:expiryWarningDays`: days before expiry, or a share of the lifetime ("25%"). */
export type ExpiryWarning = number | string;

/** A share never warns earlier than this: years before expiry there is nothing to do. */
const MOST_BY_SHARE_MS = 30 * DAY_MS;
/**
 * For a state of an earlier release without `notBefore`: the lifetime of a Let's Encrypt certificate, as Qwilt issues
 * them.
 */
const USUAL_LIFETIME_MS = 90 * DAY_MS;

/** How long before its expiry a certificate is warned about; 0: only once it has expired. */
export function expiryWindowMs(warning: ExpiryWarning, lifetimeMs: number): number {
  const asked = windowMs(warning, lifetimeMs) ?? 0;
  return typeof warning === "number" ? asked : Math.min(asked, MOST_BY_SHARE_MS);
}

export interface Validity {
  readonly notBefore?: string | undefined;
  readonly notAfter?: string | undefined;
}

/** "expires in 12 days (2027-01-09)" within the warning window; undefined before it. */
export function describeExpiry(validity: Validity, now: number, warning: ExpiryWarning): string | undefined {
  const end = Date.parse(validity.notAfter ?? "");
  if (Number.isNaN(end)) return undefined;
  const begin = Date.parse(validity.notBefore ?? "");
  const lifetimeMs = Number.isNaN(begin) ? USUAL_LIFETIME_MS : end - begin;
  const left = end - now;
  if (left > expiryWindowMs(warning, lifetimeMs)) return undefined;
  const on = day(new Date(end).toISOString());
  return left < 0 ? `expired ${span(-left)} ago (${on})` : `expires in ${span(left)} (${on})`;
}

/** In hours below a day, which is a large part of the time left of a six-day certificate. */
function span(ms: number): string {
  if (ms >= DAY_MS) return plural(Math.floor(ms / DAY_MS));
  const hours = Math.floor(ms / HOUR_MS);
  if (hours === 0) return "less than an hour";
  return hours === 1 ? "1 hour" : `${hours} hours`;
}

function day(iso: string): string {
  return iso.slice(0, 10);
}

function plural(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}

/** How many names a row lists before it only counts them. */
const NAMES_SHOWN = 6;

/** "names unchanged: a, b", or "names a, c (adds c; removes b)". */
export function describeNames(names: readonly string[], before: readonly string[] | undefined): string {
  const list = some(names);
  if (before === undefined) return `names ${list}`;
  const added = names.filter((name) => !before.includes(name));
  const gone = before.filter((name) => !names.includes(name));
  if (added.length === 0 && gone.length === 0) return `names unchanged: ${list}`;
  const parts = [added.length > 0 ? `adds ${some(added)}` : "", gone.length > 0 ? `removes ${some(gone)}` : ""];
  return `names ${list} (${parts.filter((part) => part !== "").join("; ")})`;
}

function some(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const rest = names.length - NAMES_SHOWN;
  return rest > 0 ? `${names.slice(0, NAMES_SHOWN).join(", ")} and ${rest} more` : names.join(", ");
}
