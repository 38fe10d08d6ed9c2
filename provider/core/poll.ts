/** Polls until there is a result, a deadline has passed, or the run is interrupted. */
import type { Clock } from "./clock.ts";

export interface PollOptions<T> {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Epoch milliseconds, by `clock`. The last probe runs at the deadline itself. */
  readonly deadlineMs: number;
  /** Pause after the n-th probe, in milliseconds; n counts from 0. */
  readonly intervalMs: (n: number) => number;
  /** undefined means not yet. An error ends the poll. */
  readonly probe: () => Promise<T | undefined>;
}

export type Polled<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "deadline" }
  | { readonly kind: "aborted" };

/** An abort takes effect at once: a hanging probe is abandoned, and its late result is ignored. */
export async function poll<T>(options: PollOptions<T>): Promise<Polled<T>> {
  const { clock, signal, deadlineMs } = options;
  const aborted = onceAborted(signal);
  try {
    for (let looks = 0; ; looks++) {
      if (signal?.aborted) return { kind: "aborted" };
      const probed = options.probe();
      const seen = await Promise.race([probed, aborted.promise]);
      if (seen === ABORTED) {
        probed.catch(() => undefined);
        return { kind: "aborted" };
      }
      if (seen !== undefined) return { kind: "done", value: seen };
      const left = deadlineMs - clock.now();
      if (left <= 0) return { kind: "deadline" };
      await clock.sleep(Math.max(1, Math.min(options.intervalMs(looks), left)), signal);
    }
  } finally {
    aborted.dispose();
  }
}

const ABORTED: unique symbol = Symbol("aborted");

function onceAborted(signal: AbortSignal | undefined): {
  readonly promise: Promise<typeof ABORTED>;
  readonly dispose: () => void;
} {
  let listener: () => void = () => undefined;
  const promise = new Promise<typeof ABORTED>((resolve) => {
    listener = () => resolve(ABORTED);
    signal?.addEventListener("abort", listener, { once: true });
  });
  return { promise, dispose: () => signal?.removeEventListener("abort", listener) };
}
