/** A publish of ours that does not end is cancelled, so that it does not stand in the way of every later run. */
import { isConflict } from "../api/http/api-error.ts";
import { withNote } from "../core/errors/qwilt-error.ts";
import { publishFailed, publishTimedOut } from "../core/errors/rotation-errors.ts";
import { hasEnded } from "../wire/publishing-operation.ts";
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
    if (isConflict(thrown)) return hasEndedMeanwhile(siteId, publishId, ctx);
    return publishFailed.is(thrown);
  }
}

/** A refused cancel of something that ran a moment ago: it may have come to its end by itself. */
async function hasEndedMeanwhile(siteId: string, publishId: string, ctx: FollowContext): Promise<boolean> {
  const operation = await ctx.api.publishing.get(siteId, publishId).catch(() => undefined);
  return operation !== undefined && hasEnded(operation);
}

/** A publish that no state will remember is not left hanging: the next run could not tell that it is ours. */
export async function endIfStuck(siteId: string, publishId: string, thrown: unknown, ctx: FollowContext) {
  if (!publishTimedOut.is(thrown) || !(await cancelStuck(siteId, publishId, ctx))) return thrown;
  return withNote(thrown, { kind: "publish-canceled" });
}
