/** Limits concurrency; waiting callers are served in order of arrival. */
export interface Limiter {
  /**
   * Runs the work when a slot is free. An abort while waiting rejects with `abandoned()`; running work is not affected.
   */
  run<T>(
    work: () => Promise<T>,
    waiting?: { readonly signal: AbortSignal; readonly abandoned: () => Error },
  ): Promise<T>;
}

export function createLimiter(max: number): Limiter {
  let running = 0;
  const queue: (() => void)[] = [];

  function leave(): void {
    const next = queue.shift();
    // The slot goes directly to the next waiter, so that a new caller cannot overtake.
    if (next === undefined) running--;
    else next();
  }

  return {
    async run(work, waiting) {
      if (waiting?.signal.aborted) throw waiting.abandoned();
      if (running < max) running++;
      else await turn(queue, waiting);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}

function turn(
  queue: (() => void)[],
  waiting: { readonly signal: AbortSignal; readonly abandoned: () => Error } | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = () => {
      waiting?.signal.removeEventListener("abort", abandon);
      resolve();
    };
    const abandon = () => {
      queue.splice(queue.indexOf(give), 1);
      reject(waiting?.abandoned());
    };
    queue.push(give);
    waiting?.signal.addEventListener("abort", abandon, { once: true });
  });
}
