/** Executes one step of a plan and records it. */
import { isOutcomeUnknown } from "../api/http/api-error.ts";
import { quote } from "../core/errors/qwilt-error.ts";
import { badRequest, notFound } from "../core/errors/response-errors.ts";
import { linkRefused } from "../core/errors/rotation-errors.ts";
import { followPublish } from "../publishing/follow-publish.ts";
import type { Context } from "../run/lifecycle.ts";
import type { ObservedSite } from "../site/observe.ts";
import { type PublishingOperation, publishPhase } from "../wire/publishing-operation.ts";
import type { LinkStep } from "./plan.ts";
import type { Progress } from "./progress.ts";

export interface StepOptions {
  readonly siteId: string;
  readonly now: ObservedSite;
  readonly timeoutMs: number;
}

export async function executeStep(
  step: LinkStep,
  options: StepOptions,
  progress: Progress,
  ctx: Context,
): Promise<void> {
  const { siteId } = options;
  switch (step.kind) {
    case "wait":
      return;
    case "unlink":
      progress.touched = true;
      await ctx.api.siteCertificates.unlink(siteId, step.certificateId);
      progress.unlinkedAt = ctx.clock.now();
      progress.linkedCertificateId = null;
      return;
    case "link":
      if (step.certificateId === "new") throw new Error("a plan with an unknown certificate reached the network");
      return link(siteId, step.certificateId, progress, ctx);
    case "republish":
    case "publish":
      return publish(step, options, progress, ctx);
  }
}

async function link(siteId: string, certificateId: number, progress: Progress, ctx: Context): Promise<void> {
  progress.touched = true;
  try {
    await ctx.api.siteCertificates.link(siteId, certificateId);
  } catch (thrown) {
    throw refusedLink(thrown, siteId, certificateId);
  }
  progress.linkedCertificateId = certificateId;
  if (progress.unlinkedAt !== undefined) progress.unlinkedForMs = ctx.clock.now() - progress.unlinkedAt;
}

/** A definite rejection gets its own error; a lost response or a conflict is handled by the caller. */
function refusedLink(thrown: unknown, siteId: string, certificateId: number): unknown {
  if (isOutcomeUnknown(thrown) || !(badRequest.is(thrown) || notFound.is(thrown))) return thrown;
  return linkRefused({ siteId, certificateId, reason: quote(thrown) }, { cause: thrown });
}

type PublishStep = Extract<LinkStep, { readonly kind: "republish" | "publish" }>;

async function publish(step: PublishStep, options: StepOptions, progress: Progress, ctx: Context): Promise<void> {
  const { siteId, now, timeoutMs } = options;
  const { target } = step;
  const certificateId = progress.linkedCertificateId;
  progress.touched = true;
  progress.publishes += 1;
  const asked = { target, seen: now.publishIds, certificateId };
  progress.asked = { ...asked, publishId: undefined };
  const operation = await ask(step, siteId, ctx).catch((thrown: unknown) => {
    progress.publishLost ||= isOutcomeUnknown(thrown);
    throw thrown;
  });
  progress.asked = { ...asked, publishId: operation.publishId };
  const done = await followPublish({ siteId, operation, timeoutMs }, ctx);
  progress.targets[target] = {
    publishId: done.publishId,
    publishStatus: done.publishStatus,
    activatedAt: new Date(done.lastUpdateTimeMilli ?? ctx.clock.now()).toISOString(),
    certificateId,
    ...(done.revisionId === undefined ? {} : { revisionId: done.revisionId }),
  };
  if (await isTakenDown(siteId, done, ctx)) progress.takenDown = true;
}

function ask(step: PublishStep, siteId: string, ctx: Context): Promise<PublishingOperation> {
  const { target } = step;
  if (step.kind === "republish") return ctx.api.publishing.republish(siteId, target);
  if (step.revisionId === null) throw new Error("a plan with an unknown revision reached the network");
  return ctx.api.publishing.publish(siteId, { revisionId: step.revisionId, target });
}

/** Somebody may un-publish between the end of our publish and our observation: then Success does not mean served. */
async function isTakenDown(siteId: string, done: PublishingOperation, ctx: Context): Promise<boolean> {
  if (done.isActive !== false) return false;
  const operations = (await ctx.api.publishing.list(siteId)) ?? [];
  const startedAt = done.creationTimeMilli ?? Number.POSITIVE_INFINITY;
  return operations.some(
    (operation) =>
      operation.target === done.target &&
      operation.operationType === "Unpublish" &&
      (operation.creationTimeMilli ?? 0) >= startedAt &&
      publishPhase(operation) !== "failed",
  );
}
