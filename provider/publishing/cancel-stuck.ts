/** Cancels a publish of ours that does not finish, so that it does not block every later run. */
import { isConflict } from "../api/http/api-error.ts";
import { withNote } from "../core/errors/qwilt-error.ts";
import { publishFailed, publishTimedOut } from "../core/errors/rotation-errors.ts";
import { hasEnded } from "../wire/publishing-operation.ts";
import { type FollowContext, followPublish } from "./follow-publish.ts";

/** How long a canceled publish may take to end. */
const CANCEL_LIMIT_MS = 30_000;

/** @returns false if it still runs after the cancel, or could not be canceled */
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

/** After a rejected cancel of an operation that was running a moment ago: it may have ended by itself. */
async function hasEndedMeanwhile(siteId: string, publishId: string, ctx: FollowContext): Promise<boolean> {
  const operation = await ctx.api.publishing.get(siteId, publishId).catch(() => undefined);
  return operation !== undefined && hasEnded(operation);
}

/** A publish that no state will record is not left running: the next run could not know that it is ours. */
export async function endIfStuck(siteId: string, publishId: string, thrown: unknown, ctx: FollowContext) {
  if (!publishTimedOut.is(thrown) || !(await cancelStuck(siteId, publishId, ctx))) return thrown;
  return withNote(thrown, { kind: "publish-canceled" });
}
