/** A publish of ours that does not end is cancelled, so that it does not stand in the way of every later run. */
import { isConflict } from "../api/http/api-error.ts";
import { QwiltError } from "../core/errors.ts";
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
    return thrown instanceof QwiltError && thrown.code === "QWILT_PUBLISH_FAILED";
  }
}

/** A refused cancel of something that ran a moment ago: it may have come to its end by itself. */
async function hasEndedMeanwhile(siteId: string, publishId: string, ctx: FollowContext): Promise<boolean> {
  const operation = await ctx.api.publishing.get(siteId, publishId).catch(() => undefined);
  return operation !== undefined && hasEnded(operation);
}

/** A publish that no state will remember is not left hanging: the next run could not tell that it is ours. */
export async function endIfStuck(siteId: string, publishId: string, thrown: unknown, ctx: FollowContext) {
  const cancelled = isTimedOut(thrown) && (await cancelStuck(siteId, publishId, ctx));
  return cancelled ? toldCancelled(thrown) : thrown;
}

function toldCancelled(reason: QwiltError): QwiltError {
  return new QwiltError({
    code: reason.code,
    what: `${reason.what} It was cancelled, so that it does not stand in the way of the next one.`,
    ...(reason.where === undefined ? {} : { where: reason.where }),
    todo: "run the same command again: it publishes anew; raise qwilt:publishTimeoutMs if publishes take that long",
    cause: reason,
  });
}

export function isTimedOut(thrown: unknown): thrown is QwiltError {
  return thrown instanceof QwiltError && thrown.code === "QWILT_PUBLISH_TIMED_OUT";
}
