/**
 * What the row of a self-managed certificate says about its renewal. It promises a renewal only if a run will do it.
 * Pure.
 */
import type { DeclaredRenewal } from "../run/template-registry.ts";
import { DAY_MS, type Lifetime, type RenewBefore, renewalDue, windowMs } from "../x509/renewal-window.ts";

/** A certificate's own dates, epoch milliseconds. If only the expiry is known, less can be said about the renewal. */
export type RealDates = Pick<Lifetime, "endsAt"> & Partial<Lifetime>;

/**
 * Where the certificate differs from what its template declares, one sentence each. CAs end a certificate a second
 * before the whole day and may start it an hour earlier, so less than a day is no difference, except for the shortest
 * lifetimes.
 */
export function describeMisfits({ renewBefore, lifetimeDays }: DeclaredRenewal, real: Lifetime): readonly string[] {
  // Without a renewal window the lifetime does not matter.
  if (renewBefore === undefined) return [];
  const days = daysOf(real);
  const misfits: string[] = [];
  if (lifetimeDays !== undefined && isOther(days, lifetimeDays)) {
    const harm = days < lifetimeDays ? "late" : "early";
    misfits.push(
      `the certificate is valid for ${inDays(days)}, not ${lifetimeDays}: correct lifetimeDays of its template; based on ${inDays(lifetimeDays)}, renewal starts too ${harm}`,
    );
  }
  if (isTooLong(renewBefore, real))
    misfits.push(
      `renewBefore (${describeWindow(renewBefore)}) is as long as the lifetime of the certificate (${inDays(days)}), so it is not renewed automatically: use a shorter period, for example "1/3"`,
    );
  return misfits;
}

/**
 * Continues "the certificate expires in 6 days (2027-01-09); ". @param declared undefined: the template is not known in
 * this run
 */
export function describeRenewal(declared: DeclaredRenewal | undefined, real: RealDates, now: number): string {
  if (declared === undefined)
    return "its template is not part of this run: it is not renewed automatically unless the template has renewBefore; changing `rotation` there creates a new signing request";
  const { renewBefore, counted } = declared;
  if (renewBefore === undefined)
    return "it is not renewed automatically: set renewBefore on its template, or change `rotation` there for a new signing request";
  const { startsAt, endsAt } = real;
  const judged = counted ?? (startsAt === undefined ? undefined : { startsAt, endsAt });
  if (judged !== undefined && isTooLong(renewBefore, judged))
    return `it is not renewed automatically: renewBefore (${describeWindow(renewBefore)}) of its template is as long as its lifetime; use a shorter period there`;
  if (counted === undefined)
    return "it is not renewed automatically while its template has no dates: set lifetimeDays there, or change `rotation` for a new signing request";
  const due = renewalDue(counted, renewBefore, now);
  if (due.due) return "a new signing request is due now; your CA's signature on it renews the certificate";
  if (due.at >= endsAt)
    return `it is not renewed in time: its template assumes ${inDays(daysOf(counted))}, so a new signing request is created only on ${day(due.at)}; correct lifetimeDays there`;
  return `the first run on or after ${day(due.at)} creates a new signing request; your CA's signature on it renews the certificate`;
}

function isTooLong(renewBefore: RenewBefore, { startsAt, endsAt }: Lifetime): boolean {
  const window = windowMs(renewBefore, endsAt - startsAt);
  return window !== undefined && window >= endsAt - startsAt;
}

function isOther(days: number, declared: number): boolean {
  return Math.abs(declared - days) >= 1 || days < declared * 0.9;
}

function daysOf({ startsAt, endsAt }: Lifetime): number {
  return (endsAt - startsAt) / DAY_MS;
}

/** Rounded to tenths of a day: a second less than 47 days is 47. */
function inDays(days: number): string {
  const tenths = Math.round(days * 10) / 10;
  return tenths === 1 ? "1 day" : `${tenths} days`;
}

function describeWindow(renewBefore: RenewBefore): string {
  return typeof renewBefore === "number" ? inDays(renewBefore) : renewBefore.trim();
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
