/**
 * A link and a publication of one site in one run need one publish: the link goes first, leaves its republish to the
 * publication, and looks again when that has ended. Never a publish between unlink and link: all hold the site's turn.
 */
import type { Context } from "../lifecycle.ts";
import { poll } from "../poll.ts";
import { TARGETS, type Target } from "./plan.ts";
import type { Progress } from "./progress.ts";

const LOOK_EVERY_MS = 25;

/** Before a link takes its turn: a revision that is being saved may bring a publication, which is then left the publish. */
export async function awaitAnnouncements(siteId: string, ctx: Context): Promise<void> {
  const deadlineMs = ctx.clock.now() + ctx.config.publishTimeoutMs;
  await until(() => !ctx.sites.upcoming.publicationMayFollow(siteId, ctx.clock.now()), deadlineMs, ctx);
}

/** Before a publication takes its turn: a link of the site goes first, and staging goes before ga. */
export async function awaitLink(siteId: string, target: Target, timeoutMs: number, ctx: Context): Promise<void> {
  const { upcoming } = ctx.sites;
  const deadlineMs = ctx.clock.now() + timeoutMs;
  await until(() => !upcoming.linkComesFirst(siteId, target, ctx.clock.now()), deadlineMs, ctx);
}

export function isLeftToPublication(siteId: string, target: Target, ctx: Context): boolean {
  return ctx.sites.upcoming.publication(siteId, target, ctx.clock.now())?.phase === "coming";
}

export interface LeftOptions {
  readonly siteId: string;
  readonly targets: readonly Target[];
  /** Operations that the site had before it was relinked. */
  readonly seen: ReadonlySet<string>;
  readonly timeoutMs: number;
}

/**
 * Steps aside until the publications have ended. One that succeeded took along what is linked, since nobody else of
 * this run links in between; what one that failed or never came left undone, the next plan does.
 */
export async function leaveToPublications(options: LeftOptions, progress: Progress, ctx: Context): Promise<void> {
  const { siteId, targets, timeoutMs } = options;
  const { upcoming } = ctx.sites;
  const deadlineMs = ctx.clock.now() + timeoutMs;
  upcoming.letGo(ctx.urn);
  ctx.row.status(`linked ${progress.linkedCertificateId}; the publication of ${targets.join(" and ")} takes it along`);
  await ctx.sites.stepAside(siteId, () =>
    until(() => targets.every((target) => !isLeftToPublication(siteId, target, ctx)), deadlineMs, ctx),
  );
  for (const target of TARGETS) {
    const publishId = upcoming.publication(siteId, target, ctx.clock.now())?.publishId;
    // One that was there before we linked took along what was linked then.
    if (publishId === undefined || options.seen.has(publishId)) continue;
    progress.targets[target] = {
      publishId,
      publishStatus: "Success",
      activatedAt: new Date(ctx.clock.now()).toISOString(),
      certificateId: progress.linkedCertificateId,
    };
  }
}

async function until(isSo: () => boolean, deadlineMs: number, ctx: Context): Promise<void> {
  const { clock, signal } = ctx;
  const probe = async () => (isSo() ? true : undefined);
  const waited = await poll({ clock, signal, deadlineMs, intervalMs: () => LOOK_EVERY_MS, probe });
  if (waited.kind === "aborted") throw signal.reason;
}
