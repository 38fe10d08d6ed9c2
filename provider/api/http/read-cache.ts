/**
 * One list request shared by many callers: a refresh of S sites needs the same list S times within half a minute. Never
 * use it to decide about live traffic; the plain `list` is for that.
 */
import type { Clock } from "../../core/clock.ts";

export interface SharedRead<T> {
  /**
   * The result of a read that began at most SHARED_FOR_MS ago and after this process's last change to the collection.
   */
  get(key: string, read: () => Promise<T>): Promise<T>;
  /** Called before and after a change of ours: invalidates what was read. */
  forget(): void;
}

export const SHARED_FOR_MS = 30_000;

export function createSharedRead<T>(clock: Clock): SharedRead<T> {
  const kept = new Map<string, { readonly result: Promise<T>; readonly until: number }>();
  return {
    get(key, read) {
      const known = kept.get(key);
      if (known !== undefined && clock.now() < known.until) return known.result;
      const result = read();
      kept.set(key, { result, until: clock.now() + SHARED_FOR_MS });
      // A failure is reported to the callers that waited for it, and not cached.
      result.catch(() => {
        if (kept.get(key)?.result === result) kept.delete(key);
      });
      return result;
    },
    forget: () => kept.clear(),
  };
}

/** Runs a change so that no shared read from before or during it is used afterwards. */
export async function changing<R>(shared: { forget(): void }, change: () => Promise<R>): Promise<R> {
  shared.forget();
  try {
    return await change();
  } finally {
    shared.forget();
  }
}
