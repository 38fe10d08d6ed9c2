/** The only access to time: everything that waits or compares dates receives one of these. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Resolves after `ms` milliseconds, or at once when the signal aborts. It never rejects: the caller checks the
   * signal.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Multiplies every pause; limits and deadlines are not affected. 1, unless a test of failures shortens back-offs with
 * QWILT_INTERNAL_PAUSE_FACTOR, which is not a setting for users.
 */
const PAUSE_FACTOR = readFactor(process.env.QWILT_INTERNAL_PAUSE_FACTOR);

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms * PAUSE_FACTOR);
      signal?.addEventListener("abort", done, { once: true });
    }),
};

function readFactor(text: string | undefined): number {
  const factor = Number(text ?? "1");
  return factor > 0 && factor <= 1 ? factor : 1;
}
