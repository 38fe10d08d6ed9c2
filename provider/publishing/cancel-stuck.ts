/** A publish of ours that does not end is cancelled, so that it does not stand in the way of every later run. */
import { QwiltError } from "../errors.ts";
import { type FollowContext, followPublish } from "./follow-publish.ts";

/** A publish that was cancelled gets this long to notice. */
const CANCEL_LIMIT_MS = 30_000;

/** @returns false when it still hangs after it was cancelled, or could not be cancelled */
export async function cancelStuck(siteId: string, publishId: string, ctx: FollowContext): Promise<boolean> {
  try {
    await ctx.api.publishing.cancel(siteId, publishId);
    const operation = await ctx.api.publishing.get(siteId, publishId);
    if (operation === undefined) return true;
    await followPublish({ siteId, operation, timeoutMs: CANCEL_LIMIT_MS }, ctx);
    return true;
  } catch (thrown) {
    return thrown instanceof QwiltError && thrown.code === "QWILT_PUBLISH_FAILED";
  }
}

export function isTimedOut(thrown: unknown): thrown is QwiltError {
  return thrown instanceof QwiltError && thrown.code === "QWILT_PUBLISH_TIMED_OUT";
}
