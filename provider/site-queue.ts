/** Serialises work on one site: link, publication and their publishes never overlap inside this process. */
export interface SiteQueue {
  run<T>(siteId: string, work: () => Promise<T>): Promise<T>;
}

export function createSiteQueue(): SiteQueue {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(siteId, work) {
      const before = tails.get(siteId) ?? Promise.resolve();
      const mine = before.then(work, work);
      const tail = mine.catch(() => undefined);
      tails.set(siteId, tail);
      void tail.then(() => {
        if (tails.get(siteId) === tail) tails.delete(siteId);
      });
      return mine;
    },
  };
}
