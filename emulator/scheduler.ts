import type { Clock } from "./clock.ts";
import type { DueEvent } from "./store/events.ts";
import type { Store } from "./store/store.ts";

/** Longest wait of a Node timer. */
const longestTimeoutMs = 2 ** 31 - 1;

/** Runs due events in order, each at its own time. */
export class Scheduler {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly onEvent: (event: DueEvent) => void;
  private timer: NodeJS.Timeout | undefined;
  private nextDueAtMs: number | undefined;
  private stopped = false;

  constructor(store: Store, clock: Clock, onEvent: (event: DueEvent) => void) {
    this.store = store;
    this.clock = clock;
    this.onEvent = onEvent;
  }

  /** Called before every request, so that no response is older than the clock. */
  runDue(): void {
    if (this.stopped || this.nextDueAtMs === undefined || this.nextDueAtMs > this.clock.now()) return;
    this.runUntil(this.clock.now());
    this.rearm();
  }

  /** Runs all events up to a time of the clock, including events that they cause. */
  runUntil(now: number): void {
    const step = () => {
      const event = this.store.events.takeDue(now);
      if (event !== undefined) this.onEvent(event);
      return event !== undefined;
    };
    while (this.store.transaction(step));
  }

  /** Called after every change, which may have changed the next event or the clock. */
  rearm(): void {
    clearTimeout(this.timer);
    this.nextDueAtMs = this.store.events.nextDueAtMs();
    if (this.stopped || this.nextDueAtMs === undefined) return;
    const waitMs = this.clock.realMsUntil(this.nextDueAtMs);
    if (waitMs === undefined) return;
    this.timer = setTimeout(() => this.onTimer(), Math.min(waitMs, longestTimeoutMs));
    // The listeners keep the process alive; a distant event alone must not.
    this.timer.unref();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private onTimer(): void {
    this.runUntil(this.clock.now());
    this.rearm();
  }
}
