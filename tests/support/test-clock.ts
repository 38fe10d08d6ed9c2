import type { Clock } from "../../provider/core/clock.ts";

/** A clock whose sleeps take no time and advance it; it records how long they were. */
export interface TestClock extends Clock {
  readonly slept: readonly number[];
  advance(ms: number): void;
}

export function testClock(startMs = Date.UTC(2026, 0, 1)): TestClock {
  let now = startMs;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    async sleep(ms, signal) {
      if (signal?.aborted) return;
      slept.push(ms);
      now += ms;
    },
    advance(ms) {
      now += ms;
    },
  };
}
