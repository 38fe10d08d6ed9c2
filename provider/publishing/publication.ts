/**
 * Publishes one revision of a site to one target, and un-publishes a site from a target: observe, wait, act, observe.
 */
import { isConflict, isOutcomeUnknown } from "../api/http/api-error.ts";
import { interrupted } from "../core/errors/no-response-errors.ts";
import { siteMissing } from "../core/errors/object-errors.ts";
import { QwiltError } from "../core/errors/qwilt-error.ts";
import { publishFailed, publishTimedOut } from "../core/errors/rotation-errors.ts";
import { poll } from "../core/poll.ts";
import type { Context } from "../run/lifecycle.ts";
import { carriedObject, linkedObject, publishObject } from "../run/ownership.ts";
import { type ObservedSite, observeSite } from "../site/observe.ts";
import type { RunningOperation, Target } from "../site/target.ts";
import { cancelStuck, endIfStuck } from "./cancel-stuck.ts";
import { followPublish } from "./follow-publish.ts";

export interface PublicationWork {
  readonly siteId: string;
  readonly target: Target;
  readonly timeoutMs: number;
  /** The last publish that this resource requested. */
  readonly ownPublishId: string | undefined;
}

export interface RevisionWork extends PublicationWork {
  readonly revisionId: string;
}

export interface LivePublish {
  readonly publishId: string;
  readonly publishStatus: string;
  /** ISO 8601 UTC. */
  readonly activatedAt: string;
}

/** Our publish exists and has not ended with Success. */
export class PublishStopped extends Error {
  readonly publishId: string;
  readonly publishStatus: string;
  readonly reason: Error;
  constructor(publishId: string, reason: Error) {
    super(reason.message, { cause: reason });
    this.publishId = publishId;
    this.publishStatus = reason instanceof QwiltError && !interrupted.is(reason) ? "Failed" : "InProgress";
    this.reason = reason;
  }
}

/** Retries after a conflict, a lost response, or a publish of ours that another one superseded. */
const MAX_SETBACKS = 6;
const FIRST_PAUSE_MS = 200;
/** A live site without a link is usually someone's relink between unlink and link: it gets this long to finish. */
const GAP_LIMIT_MS = 3_000;
const GAP_LOOK_MS = 300;

/** @throws PublishStopped once our publish was accepted */
export async function publishRevision(work: RevisionWork, ctx: Context): Promise<LivePublish> {
  const { siteId, target, revisionId } = work;
  let first: ObservedSite | undefined;
  const note = (seen: ObservedSite | undefined) => {
    first ??= seen;
  };
  for (let setbacks = 0; ; setbacks++) {
    const now = await observeLinked(work, ctx, note);
    if (now === undefined) throw siteMissing({ siteId });
    const live = liveRevision(work, now);
    if (live !== undefined && carriesLinked(work, live, now, first, ctx)) {
      ctx.row.info(`revision ${revisionId} is already live on ${target}: nothing is published`);
      return live;
    }
    let publishId: string | undefined;
    try {
      const operation = await ctx.api.publishing.publish(siteId, { revisionId, target });
      publishId = operation.publishId;
      const done = await followPublish({ siteId, operation, timeoutMs: work.timeoutMs }, ctx);
      const activatedAt = new Date(done.lastUpdateTimeMilli ?? ctx.clock.now()).toISOString();
      return { publishId, publishStatus: done.publishStatus, activatedAt };
    } catch (thrown) {
      const isSetback =
        publishId === undefined
          ? isRefusedOrLost(thrown)
          : publishFailed.is(thrown) && (await isSuperseded(work, publishId, ctx));
      if (!isSetback || setbacks === MAX_SETBACKS) {
        if (publishId === undefined) throw thrown;
        throw new PublishStopped(publishId, asError(await endIfStuck(siteId, publishId, thrown, ctx)));
      }
    }
    await pause(setbacks, ctx);
  }
}

/** Un-publishes the site from the target, if it is live there. false: there is no such site. */
export async function unpublish(work: PublicationWork, ctx: Context): Promise<boolean> {
  const { siteId, target, timeoutMs } = work;
  for (let setbacks = 0; ; setbacks++) {
    const now = await observeWhenIdle(work, ctx);
    if (now === undefined) return false;
    if (now.revisions[target] === undefined) return true;
    let publishId: string | undefined;
    try {
      const operation = await ctx.api.publishing.unpublish(siteId, target);
      publishId = operation.publishId;
      await followPublish({ siteId, operation, timeoutMs }, ctx);
      return true;
    } catch (thrown) {
      if (publishId !== undefined) throw await endIfStuck(siteId, publishId, thrown, ctx);
      if (!isRefusedOrLost(thrown) || setbacks === MAX_SETBACKS) throw thrown;
    }
    await pause(setbacks, ctx);
  }
}

/**
 * Waits for a running operation of the target: ours from an earlier run, one with the same content, or somebody else's.
 */
async function observeWhenIdle(
  work: PublicationWork & { readonly revisionId?: string },
  ctx: Context,
  note?: (seen: ObservedSite | undefined) => void,
): Promise<ObservedSite | undefined> {
  const { siteId, target, timeoutMs } = work;
  const now = await observeSite(siteId, undefined, ctx.api);
  note?.(now);
  const running = now?.targets.find((one) => one.target === target)?.running;
  if (running === undefined) return now;
  ctx.row.info(describeRunning(work, running));
  const operation = await ctx.api.publishing.get(siteId, running.publishId);
  if (operation !== undefined) {
    // Its own outcome does not matter here: the next observation shows the result.
    await followPublish({ siteId, operation, timeoutMs }, ctx).catch(async (thrown: unknown) => {
      const isOurs = running.publishId === work.ownPublishId;
      const cancelled = isOurs && publishTimedOut.is(thrown) && (await cancelStuck(siteId, running.publishId, ctx));
      if (!cancelled && !publishFailed.is(thrown)) throw thrown;
    });
  }
  return observeSite(siteId, undefined, ctx.api);
}

/** Pure. Who started a publish, when, and what that means for ours. */
export function describeRunning(
  work: Pick<PublicationWork, "target" | "ownPublishId"> & { readonly revisionId?: string },
  { publishId, startedBy, startedAt, revisionId }: RunningOperation,
): string {
  const since = new Date(startedAt).toISOString();
  if (publishId === work.ownPublishId) return `resuming our own publish of ${work.target}, started at ${since}`;
  if (revisionId !== undefined && revisionId === work.revisionId) {
    return `waiting for the publish of ${work.target} that ${startedBy} started at ${since}: it brings this revision`;
  }
  return `waiting for the publish of ${work.target} that ${startedBy} started at ${since}`;
}

/** A publish activates what is linked when it starts, so it is not started while somebody relinks a live site. */
async function observeLinked(
  work: RevisionWork,
  ctx: Context,
  note: (seen: ObservedSite | undefined) => void,
): Promise<ObservedSite | undefined> {
  const { clock, signal } = ctx;
  let now = await observeWhenIdle(work, ctx, note);
  const deadlineMs = clock.now() + GAP_LIMIT_MS;
  while (isGap(now) && clock.now() < deadlineMs) {
    const linked = await poll({
      clock,
      signal,
      deadlineMs,
      intervalMs: () => GAP_LOOK_MS,
      probe: async () => ((await ctx.api.siteCertificates.list(work.siteId))?.length === 0 ? undefined : true),
    });
    if (linked.kind === "aborted") throw signal.reason;
    if (linked.kind === "done") now = await observeWhenIdle(work, ctx);
  }
  return now;
}

function isGap(now: ObservedSite | undefined): boolean {
  return now !== undefined && now.linkedCertificateId === null && Object.keys(now.revisions).length > 0;
}

function liveRevision({ target, revisionId }: RevisionWork, now: ObservedSite): LivePublish | undefined {
  const active = now.active[target];
  if (active === undefined || now.revisions[target] !== revisionId) return undefined;
  const { publishId, publishStatus, activatedAt } = active;
  return { publishId, publishStatus, activatedAt };
}

/**
 * Whether the live publish activated the certificate that is linked. No endpoint shows it; if nothing in this program
 * knows, one publish makes sure.
 */
function carriesLinked(
  { siteId, target, ownPublishId }: RevisionWork,
  { publishId }: LivePublish,
  now: ObservedSite,
  first: ObservedSite | undefined,
  { ownership: holders }: Context,
): boolean {
  const linked = now.linkedCertificateId;
  // Publishing now would remove the certificate that the edge may still serve.
  if (linked === null) return true;
  // It went live while we observed the site, with what was linked then.
  if (first?.linkedCertificateId === linked && first.active[target]?.publishId !== publishId) return true;
  if (holders.isCreated(publishObject(publishId))) return holders.isCreated(carriedObject(publishId, linked));
  // If no link of this run observed that publish: a certificate that the stack itself linked was linked before and
  // after it.
  return publishId === ownPublishId || holders.isCreated(linkedObject(siteId, linked));
}

/** Ours ended badly, and a later one is running or took over: not a fault of our revision. */
async function isSuperseded({ siteId, target }: RevisionWork, publishId: string, ctx: Context): Promise<boolean> {
  const operations = (await ctx.api.publishing.list(siteId)) ?? [];
  const ours = operations.find((operation) => operation.publishId === publishId);
  const later = operations.find(
    (operation) =>
      operation.target === target &&
      (operation.creationTimeMilli ?? 0) > (ours?.creationTimeMilli ?? Number.POSITIVE_INFINITY) &&
      (operation.publishStatus === "InProgress" || operation.isActive === true),
  );
  if (later === undefined) return false;
  ctx.row.info(
    `our publish of ${target} was superseded by ${later.publishId}, started by ${later.username ?? "somebody"}`,
  );
  return true;
}

/** The site is observed and the work retried after a conflict or a lost response. */
function isRefusedOrLost(thrown: unknown): boolean {
  return isConflict(thrown) || isOutcomeUnknown(thrown);
}

async function pause(setbacks: number, { clock, signal }: Context): Promise<void> {
  await clock.sleep(FIRST_PAUSE_MS * 2 ** setbacks, signal);
  if (signal.aborted) throw signal.reason;
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
