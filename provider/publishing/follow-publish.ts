/**
 * Follows a publishing operation until it ends. Acceptance is not the end: it only means that the roll-out was started.
 */

import type { QwiltApi } from "../api/qwilt-api.ts";
import type { Clock } from "../core/clock.ts";
import { interrupted } from "../core/errors/no-response-errors.ts";
import { publishFailed, publishTimedOut } from "../core/errors/rotation-errors.ts";
import { unexpectedResponse } from "../core/errors/unexpected-response.ts";
import { poll } from "../core/poll.ts";
import type { Row } from "../run/lifecycle.ts";
import { hasEnded, type PublishingOperation, publishPhase } from "../wire/publishing-operation.ts";

export interface FollowOptions {
  readonly siteId: string;
  readonly operation: PublishingOperation;
  /** Wall-clock limit in milliseconds. */
  readonly timeoutMs: number;
}

export interface FollowContext {
  readonly api: QwiltApi;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly row: Row;
}

/**
 * @returns the operation when it ended with Success
 * @throws QWILT_PUBLISH_FAILED with status lines and validator details; QWILT_PUBLISH_TIMED_OUT; QWILT_INTERRUPTED
 */
export async function followPublish(options: FollowOptions, ctx: FollowContext): Promise<PublishingOperation> {
  const { siteId, timeoutMs } = options;
  const { publishId, target } = options.operation;
  const startedAt = ctx.clock.now();
  const doing =
    options.operation.operationType === "Unpublish" ? `unpublishing the site from ${target}` : `publishing ${target}`;
  let last = options.operation;
  const about = { siteId, target, publishId };

  const waited = await poll({
    clock: ctx.clock,
    signal: ctx.signal,
    deadlineMs: startedAt + timeoutMs,
    intervalMs: pollInterval,
    probe: async () => {
      if (!hasEnded(last)) last = (await ctx.api.publishing.get(siteId, publishId)) ?? last;
      if (hasEnded(last)) return last;
      refuseUnknown(last, siteId);
      ctx.row.status(
        `${doing}: ${last.publishAcceptanceStatus}, ${last.publishStatus}, ${seconds(ctx.clock.now() - startedAt)} so far`,
      );
      return undefined;
    },
  });

  if (waited.kind === "aborted") {
    throw interrupted({ during: "publish", ...about, waitedMs: ctx.clock.now() - startedAt });
  }
  const { publishAcceptanceStatus: acceptanceStatus, publishStatus } = last;
  if (waited.kind === "deadline") throw publishTimedOut({ ...about, acceptanceStatus, publishStatus, timeoutMs });
  if (publishPhase(last) !== "done") {
    const { statusLine: statusLines, validatorsErrDetails: validatorDetails } = last;
    throw publishFailed({ ...about, acceptanceStatus, publishStatus, statusLines, validatorDetails });
  }
  return last;
}

/** The first polls come quickly, later ones every 3 s as in the official client (docs/qwilt-api.md 4.7 rule 1). */
export function pollInterval(attempt: number): number {
  return Math.min(3_000, 100 * 1.5 ** attempt);
}

/** A status that this release does not know is never read as "still running". */
function refuseUnknown(operation: PublishingOperation, siteId: string): void {
  const phase = publishPhase(operation);
  if (typeof phase === "string") return;
  const { target, publishId } = operation;
  throw unexpectedResponse({ reason: "unknown-publish-state", siteId, target, publishId, state: phase.unknown });
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1000))} s`;
}
