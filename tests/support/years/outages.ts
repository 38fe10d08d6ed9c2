/** When the CNAME of a managed site is missing: briefly, during a renewal, and until after the certificate's expiry. */
import { DAY_MS } from "./site.ts";

const KINDS = ["short", "over the renewal", "over the end"] as const;

interface Plan {
  /** Expiry of the certificate concerned. */
  readonly notAfterMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

export class Outages {
  isAway = false;
  private readonly marginMs: number;
  private plan: Plan | undefined;
  private made = 0;
  private isOver = false;

  constructor(lifetimeDays: number) {
    // Qwilt renews 30 days before expiry, short-lived certificates when a third is left (docs/qwilt-api.md 10, U21).
    this.marginMs = Math.min(30, lifetimeDays / 3) * DAY_MS;
  }

  /** One outage for each certificate. */
  deed(notAfterMs: number, now: number): "remove" | "restore" | undefined {
    if (!this.isAway && this.plan?.notAfterMs !== notAfterMs) {
      this.plan = this.next(notAfterMs);
      this.isOver = false;
    }
    const { fromMs, untilMs } = this.plan ?? this.next(notAfterMs);
    if (this.isAway && now >= untilMs) {
      this.isAway = false;
      this.isOver = true;
      return "restore";
    }
    if (this.isAway || this.isOver || now < fromMs) return undefined;
    this.isAway = true;
    return "remove";
  }

  private next(notAfterMs: number): Plan {
    const renewalMs = notAfterMs - this.marginMs;
    const leadMs = Math.min(3 * DAY_MS, this.marginMs / 2);
    const untilMs = {
      short: renewalMs - leadMs / 2,
      "over the renewal": renewalMs + this.marginMs / 3,
      "over the end": notAfterMs + 3 * DAY_MS,
    };
    const kind = KINDS[this.made++ % KINDS.length] ?? "short";
    return { notAfterMs, fromMs: renewalMs - leadMs, untilMs: untilMs[kind] };
  }
}
