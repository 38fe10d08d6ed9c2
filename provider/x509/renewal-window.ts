/** When a self-managed certificate is due for a new signing request. Pure: the clock is an argument. */
export const DAY_MS = 86_400_000;

/** Days before expiry, or a share of the lifetime that is left ("30%", "1/3"). */
export type RenewBefore = number | string;

export interface Lifetime {
  /** Epoch milliseconds. */
  readonly startsAt: number;
  readonly endsAt: number;
}

/** The dates a template decides from: the certificate's own, or those computed from `lifetimeDays` and its creation. */
export interface CountedLifetime extends Lifetime {
  readonly by: "dates" | "lifetimeDays";
}

/** Milliseconds before expiry; undefined if the text is not a valid window. */
export function windowMs(renewBefore: RenewBefore, lifetimeMs: number): number | undefined {
  if (typeof renewBefore === "number") return renewBefore > 0 ? renewBefore * DAY_MS : undefined;
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(renewBefore.trim());
  if (percent?.[1] !== undefined) return share(Number(percent[1]) / 100, lifetimeMs);
  const fraction = /^(\d+)\/(\d+)$/.exec(renewBefore.trim());
  if (fraction?.[1] !== undefined && fraction[2] !== undefined)
    return share(Number(fraction[1]) / Number(fraction[2]), lifetimeMs);
  const days = /^(\d+(?:\.\d+)?)(?: ?d(?:ays?)?)?$/.exec(renewBefore.trim());
  return days?.[1] === undefined || Number(days[1]) === 0 ? undefined : Number(days[1]) * DAY_MS;
}

function share(part: number, lifetimeMs: number): number | undefined {
  return part > 0 && part < 1 ? part * lifetimeMs : undefined;
}

export type Due =
  | { readonly due: false; readonly at: number }
  /** `left` and `of` in whole days, for the row. */
  | { readonly due: true; readonly left: number; readonly of: number };

/** A window as long as the lifetime would renew in every run: it is never due, and renewal-messages.ts reports it. */
export function renewalDue(lifetime: Lifetime, renewBefore: RenewBefore, now: number): Due {
  const length = lifetime.endsAt - lifetime.startsAt;
  const window = windowMs(renewBefore, length);
  if (window === undefined || window >= length) return { due: false, at: lifetime.endsAt };
  const at = lifetime.endsAt - window;
  if (now < at) return { due: false, at };
  return {
    due: true,
    left: Math.max(0, Math.floor((lifetime.endsAt - now) / DAY_MS)),
    of: Math.round(length / DAY_MS),
  };
}
