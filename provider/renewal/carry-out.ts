/** Observe, plan, act, observe: brings one site to the wanted certificate and tells what happened, also when it fails. */

import { QwiltError } from "../errors.ts";
import type { Context } from "../lifecycle.ts";
import { followPublish } from "../publishing/follow-publish.ts";
import { type ObservedSite, observeSite } from "./observe-site.ts";
import { describeSteps, type LinkStep, type PlanOptions, planLinkChange, type Target } from "./plan.ts";
import type { RememberedSite, RememberedTarget } from "./remembered.ts";

export interface CarryOutOptions extends PlanOptions {
  readonly siteId: string;
  readonly wanted: number | null;
  readonly remembered: RememberedSite | undefined;
  readonly timeoutMs: number;
  /** Looks at each observation before anything is touched; throws to refuse. */
  readonly beforeActing?: (now: ObservedSite) => Promise<void> | void;
}

/** What is true of the site as far as this run saw, kept up to date step by step so that a failure can report it. */
export interface Progress {
  linkedCertificateId: number | null;
  targets: { [target in Target]?: RememberedTarget };
  /** Milliseconds between the answers of unlink and link. */
  unlinkedForMs: number | undefined;
  publishes: number;
  /** True once something was changed at Qwilt. */
  touched: boolean;
  /** When the unlink was answered, epoch milliseconds. */
  unlinkedAt: number | undefined;
}

export class CarryOutFailed extends Error {
  readonly progress: Progress;
  readonly reason: Error;
  constructor(progress: Progress, reason: Error) {
    super(reason.message, { cause: reason });
    this.progress = progress;
    this.reason = reason;
  }
}

/** Somebody may publish again and again: after this many rounds it is an error, not a wait. */
const MAX_ROUNDS = 20;

/** @throws CarryOutFailed with the progress made; QWILT_SITE_MISSING before anything was touched */
export async function carryOut(options: CarryOutOptions, ctx: Context): Promise<Progress> {
  const { siteId, wanted } = options;
  const progress: Progress = {
    linkedCertificateId: null,
    targets: {},
    unlinkedForMs: undefined,
    publishes: 0,
    touched: false,
    unlinkedAt: undefined,
  };
  const remembered = options.remembered;
  try {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const now = await observeSite(siteId, remembered, ctx.api);
      if (now === undefined) throw siteMissing(siteId);
      progress.linkedCertificateId = now.linkedCertificateId;
      progress.targets = { ...now.active };
      const steps = planLinkChange(now, wanted, options);
      if (steps.length === 0) return progress;
      await options.beforeActing?.(now);
      const wait = steps.find((step) => step.kind === "wait");
      if (wait?.kind === "wait") {
        await awaitForeign(siteId, wait, options.timeoutMs, ctx);
        continue;
      }
      ctx.row.status(describeSteps(steps));
      for (const step of steps) await act(step, siteId, options.timeoutMs, progress, ctx);
      await confirm(siteId, wanted, progress, ctx);
      return progress;
    }
    throw new QwiltError({
      code: "QWILT_SITE_BUSY",
      what: `Somebody published the site ${MAX_ROUNDS} times while this run waited for its turn.`,
      where: `site ${siteId}`,
      todo: "find out who publishes (site history in Qwilt's console), then run `pulumi up` again",
    });
  } catch (thrown) {
    throw new CarryOutFailed(progress, thrown instanceof Error ? thrown : new Error(String(thrown)));
  }
}

async function act(step: LinkStep, siteId: string, timeoutMs: number, progress: Progress, ctx: Context): Promise<void> {
  switch (step.kind) {
    case "wait":
      return;
    case "unlink":
      await ctx.api.siteCertificates.unlink(siteId, step.certificateId);
      progress.unlinkedAt = ctx.clock.now();
      progress.touched = true;
      progress.linkedCertificateId = null;
      return;
    case "link": {
      if (step.certificateId === "new") throw new Error("a plan with an unknown certificate reached the network");
      await ctx.api.siteCertificates.link(siteId, step.certificateId);
      progress.touched = true;
      progress.linkedCertificateId = step.certificateId;
      if (progress.unlinkedAt !== undefined) progress.unlinkedForMs = ctx.clock.now() - progress.unlinkedAt;
      return;
    }
    case "republish": {
      const operation = await ctx.api.publishing.republish(siteId, step.target);
      progress.touched = true;
      progress.publishes += 1;
      const done = await followPublish({ siteId, operation, timeoutMs }, ctx);
      progress.targets[step.target] = {
        publishId: done.publishId,
        publishStatus: done.publishStatus,
        activatedAt: new Date(done.lastUpdateTimeMilli ?? ctx.clock.now()).toISOString(),
        certificateId: progress.linkedCertificateId,
      };
      return;
    }
  }
}

/** The last step is proof: the links list shows what was wanted. */
async function confirm(siteId: string, wanted: number | null, progress: Progress, ctx: Context): Promise<void> {
  const links = await ctx.api.siteCertificates.list(siteId);
  const linked = links?.[0]?.certificateId ?? null;
  progress.linkedCertificateId = linked;
  if (linked === wanted) return;
  throw new QwiltError({
    code: "QWILT_LINK_NOT_CONFIRMED",
    what: `After the change the site is linked to ${linked ?? "nothing"}, not to ${wanted ?? "nothing"}: somebody changed it meanwhile.`,
    where: `site ${siteId}`,
    todo: "run `pulumi preview` to see what differs, then `pulumi up`",
  });
}

async function awaitForeign(
  siteId: string,
  step: Extract<LinkStep, { kind: "wait" }>,
  timeoutMs: number,
  ctx: Context,
): Promise<void> {
  ctx.row.status(describeSteps([step]));
  const operation = await ctx.api.publishing.get(siteId, step.operation.publishId);
  if (operation === undefined) return;
  try {
    await followPublish({ siteId, operation, timeoutMs }, ctx);
  } catch (thrown) {
    // How somebody else's publish ended is theirs; the next observation tells what it left.
    if (!(thrown instanceof QwiltError && thrown.code === "QWILT_PUBLISH_FAILED")) throw thrown;
  }
}

export function siteMissing(siteId: string): QwiltError {
  return new QwiltError({
    code: "QWILT_SITE_MISSING",
    what: "The site does not exist in this organisation.",
    where: `site ${siteId}`,
    todo: "check siteId and the organisation of the API key; after a deletion outside of Pulumi run `pulumi refresh`",
  });
}
