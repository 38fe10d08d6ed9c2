/** What a self-managed certificate's row says about its renewal. A promise is made only where a run will keep it. Pure. */
import type { DeclaredRenewal } from "../run/template-registry.ts";
import { DAY_MS, type Lifetime, type RenewBefore, renewalDue, windowMs } from "../x509/renewal-window.ts";

/** A certificate's own dates, epoch milliseconds; where only its end is known, so is less about its renewal. */
export type RealDates = Pick<Lifetime, "endsAt"> & Partial<Lifetime>;

/**
 * What its template declares and the certificate does not keep: a sentence each. CAs end a second before the whole day
 * and may begin an hour earlier, so less than a day is no difference, but for the shortest lives.
 */
export function describeMisfits({ renewBefore, lifetimeDays }: DeclaredRenewal, real: Lifetime): readonly string[] {
  // Without a window nobody counts the days.
  if (renewBefore === undefined) return [];
  const days = daysOf(real);
  const misfits: string[] = [];
  if (lifetimeDays !== undefined && isOther(days, lifetimeDays)) {
    const harm = days < lifetimeDays ? "late" : "early";
    misfits.push(
      `the certificate lives ${inDays(days)} and not ${lifetimeDays}: correct lifetimeDays of its template; counted by ${inDays(lifetimeDays)}, a renewal comes too ${harm}`,
    );
  }
  if (isTooLong(renewBefore, real))
    misfits.push(
      `renewBefore (${describeWindow(renewBefore)}) is as long as the certificate lives (${inDays(days)}), so nothing renews it: give less, "1/3" for example`,
    );
  return misfits;
}

/** How it goes on, after "the certificate ends in 6 days (2027-01-09); ". @param declared undefined: this run has not met its template */
export function describeRenewal(declared: DeclaredRenewal | undefined, real: RealDates, now: number): string {
  if (declared === undefined)
    return "this run does not know its template: nothing renews it by itself unless that has renewBefore; changing `rotation` there makes a new signing request";
  const { renewBefore, counted } = declared;
  if (renewBefore === undefined)
    return "nothing renews it by itself: set renewBefore on its template, or change `rotation` there for a new signing request";
  const { startsAt, endsAt } = real;
  const judged = counted ?? (startsAt === undefined ? undefined : { startsAt, endsAt });
  if (judged !== undefined && isTooLong(renewBefore, judged))
    return `nothing renews it by itself: renewBefore (${describeWindow(renewBefore)}) of its template is as long as it lives; give less there`;
  if (counted === undefined)
    return "nothing renews it while its template knows no dates: declare lifetimeDays there, or change `rotation` for a new signing request";
  const due = renewalDue(counted, renewBefore, now);
  if (due.due) return "a new signing request is due now; your CA's signature on it renews the certificate";
  if (due.at >= endsAt)
    return `nothing renews it in time: its template counts on ${inDays(daysOf(counted))}, so a new signing request comes on ${day(due.at)} only; correct lifetimeDays there`;
  return `the first run from ${day(due.at)} on makes a new signing request; your CA's signature on it renews the certificate`;
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

/** Tenths of a day: a second less than 47 days is 47. */
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
