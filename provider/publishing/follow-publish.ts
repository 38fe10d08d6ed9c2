/** Follows a publishing operation to its end. Acceptance is not the end: it only tells that the roll-out was started. */

import type { QwiltApi } from "../api/qwilt-api.ts";
import type { Clock } from "../core/clock.ts";
import { QwiltError } from "../core/errors.ts";
import { poll } from "../core/poll.ts";
import type { Row } from "../run/lifecycle.ts";
import { hasEnded, type PublishingOperation, publishPhase } from "../wire/publishing-operation.ts";

export interface FollowOptions {
  readonly siteId: string;
  readonly operation: PublishingOperation;
  /** Wall-clock budget in milliseconds. */
  readonly timeoutMs: number;
}

export interface FollowContext {
  readonly api: QwiltApi;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly row: Row;
}

/**
 * @returns the operation as it was at its end, which is Success
 * @throws QWILT_PUBLISH_FAILED with status lines and validator details; QWILT_PUBLISH_TIMED_OUT; QWILT_INTERRUPTED
 */
export async function followPublish(options: FollowOptions, ctx: FollowContext): Promise<PublishingOperation> {
  const { siteId, timeoutMs } = options;
  const { publishId, target } = options.operation;
  const startedAt = ctx.clock.now();
  const doing =
    options.operation.operationType === "Unpublish" ? `unpublishing the site from ${target}` : `publishing ${target}`;
  let last = options.operation;
  const where = `site ${siteId}, ${target}, publish ${publishId}`;

  const waited = await poll({
    clock: ctx.clock,
    signal: ctx.signal,
    deadlineMs: startedAt + timeoutMs,
    intervalMs: pollInterval,
    probe: async () => {
      if (!hasEnded(last)) last = (await ctx.api.publishing.get(siteId, publishId)) ?? last;
      if (hasEnded(last)) return last;
      refuseUnknown(last, where);
      ctx.row.status(
        `${doing}: ${last.publishAcceptanceStatus}, ${last.publishStatus}, ${seconds(ctx.clock.now() - startedAt)} so far`,
      );
      return undefined;
    },
  });

  if (waited.kind === "aborted") {
    throw new QwiltError({
      code: "QWILT_INTERRUPTED",
      what: `Waiting for the publish was interrupted after ${seconds(ctx.clock.now() - startedAt)}; the publish itself goes on.`,
      where,
      todo: "run `pulumi up` again: it goes on from what is there",
    });
  }
  if (waited.kind === "deadline") {
    throw new QwiltError({
      code: "QWILT_PUBLISH_TIMED_OUT",
      what: `The publish did not end within ${seconds(timeoutMs)}: acceptance ${last.publishAcceptanceStatus}, status ${last.publishStatus}.`,
      where,
      todo: "run `pulumi up` again to go on waiting; raise qwilt:publishTimeoutMs if publishes take that long",
    });
  }
  if (publishPhase(last) !== "done") throw publishFailed(last, where);
  return last;
}

/** First looks come quickly, later ones every 3 s as the official client does (docs/qwilt-api.md 4.7 rule 1). */
export function pollInterval(attempt: number): number {
  return Math.min(3_000, 100 * 1.5 ** attempt);
}

export function publishFailed(operation: PublishingOperation, where: string): QwiltError {
  const details = [
    ...operation.statusLine.map((line) => line.replace(/\.$/, "")),
    ...(operation.validatorsErrDetails == null ? [] : [JSON.stringify(operation.validatorsErrDetails).slice(0, 1_000)]),
  ];
  return new QwiltError({
    code: "QWILT_PUBLISH_FAILED",
    what: `The publish ended ${endedAs(operation)}${details.length === 0 ? "" : `: ${details.join("; ")}`}.`,
    where,
    todo: "mend what the status lines name, then run `pulumi up` again",
  });
}

/** The word that tells the end: a refused acceptance before the outcome. */
function endedAs(operation: PublishingOperation): string {
  const refused = ["Invalid", "Dismissed", "Aborted"].includes(operation.publishAcceptanceStatus);
  return refused ? operation.publishAcceptanceStatus : operation.publishStatus;
}

/** A status that this release does not know is never read as "still running". */
function refuseUnknown(operation: PublishingOperation, where: string): void {
  const phase = publishPhase(operation);
  if (typeof phase === "string") return;
  throw new QwiltError({
    code: "QWILT_API_UNEXPECTED_ANSWER",
    what: `Qwilt reports a publish in a state that pulumi-qwilt does not know: ${phase.unknown}.`,
    where,
    todo: "look at the site's publish history in Qwilt's console, and update pulumi-qwilt",
  });
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1000))} s`;
}
