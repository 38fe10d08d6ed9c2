/** Serializes work on one site: link, publication and their publishes never overlap within this process. */
export interface SiteLock {
  run<T>(siteId: string, work: () => Promise<T>): Promise<T>;
}

/** @param signal work whose turn comes after an interruption is not begun */
export function createSiteLock(signal?: AbortSignal): SiteLock {
  /** Waiting work per site, in order of arrival. A site with an entry is being worked on. */
  const lines = new Map<string, (() => void)[]>();

  async function enter(siteId: string): Promise<void> {
    const line = lines.get(siteId);
    if (line === undefined) lines.set(siteId, []);
    else await new Promise<void>((resolve) => line.push(resolve));
  }

  function leave(siteId: string): void {
    const next = lines.get(siteId)?.shift();
    // The lock goes directly to the next waiter, so that a new caller cannot overtake.
    if (next === undefined) lines.delete(siteId);
    else next();
  }

  return {
    async run(siteId, work) {
      await enter(siteId);
      try {
        if (signal?.aborted) throw signal.reason;
        return await work();
      } finally {
        leave(siteId);
      }
    },
  };
}
