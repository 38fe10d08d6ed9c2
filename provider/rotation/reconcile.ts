/** Observe, plan, act, observe: the loop that brings one site to the wanted certificate. */
import { isConflict, isOutcomeUnknown } from "../api/http/api-error.ts";
import { siteMissing } from "../core/errors/object-errors.ts";
import { publishFailed, publishTimedOut, siteBusy } from "../core/errors/rotation-errors.ts";
import { cancelStuck } from "../publishing/cancel-stuck.ts";
import { followPublish } from "../publishing/follow-publish.ts";
import type { Context } from "../run/lifecycle.ts";
import { certain, type RememberedSite } from "../site/last-observed.ts";
import { type ObservedSite, observeSite } from "../site/observe.ts";
import { TARGETS, type TargetNow } from "../site/target.ts";
import { carriedBy } from "./attribute-publish.ts";
import { executeStep } from "./execute-step.ts";
import { describeSteps, type LinkStep, type PlanOptions, planLinkChange, type Revisions } from "./plan.ts";
import { attribute, type Progress } from "./progress.ts";

/** "unknown": the edge could not be asked. */
export type Answered = "yes" | "no" | "unknown";

export interface ReconcileOptions extends PlanOptions {
  readonly siteId: string;
  readonly wanted: number | null;
  readonly remembered: RememberedSite | undefined;
  readonly timeoutMs: number;
  /** Settles by a handshake what no endpoint tells: whether production serves this certificate already. */
  readonly serves?: (certificateId: number) => Promise<Answered>;
  /** Looks at each observation before anything is touched; throws to refuse. */
  readonly beforeActing?: (now: ObservedSite) => Promise<void> | void;
}

/** Somebody may publish again and again: after this many rounds it is an error, not a wait. */
const MAX_ROUNDS = 20;
/** Lost answers and conflicts are looked into and planned again this often, with a growing pause. */
const MAX_SETBACKS = 4;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 8_000;

/** Used forward, and backward by a roll-back. What it did stands in `progress`, also when it throws. */
export async function reconcile(options: ReconcileOptions, progress: Progress, ctx: Context): Promise<void> {
  const { siteId, wanted } = options;
  let remembered = options.remembered;
  let setbacks = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const seen = attribute(await look(siteId, remembered, ctx), progress.attributions);
    const now = await settle(seen, options, progress);
    progress.linkedCertificateId = now.linkedCertificateId;
    progress.targets = { ...now.active };
    if (round === 0) {
      progress.goBackTo = earlier(now, wanted, remembered);
      progress.goBackRevisions = earlierRevisions(now, options);
    }
    const steps = planLinkChange(now, wanted, options);
    if (steps.length === 0) return;
    await options.beforeActing?.(now);
    const wait = steps.find((step) => step.kind === "wait");
    if (wait?.kind === "wait") {
      await awaitOther(siteId, wait, options.timeoutMs, ctx);
      continue;
    }
    ctx.row.status(describeSteps(steps));
    try {
      for (const step of steps) await executeStep(step, { siteId, now, timeoutMs: options.timeoutMs }, progress, ctx);
      if ((await confirmed(siteId, wanted, progress, ctx)) && !progress.takenDown) return;
      progress.takenDown = false;
      // Somebody linked something else before or after our publish asked for what is linked, or un-published: nobody knows.
      forgetPublished(steps, progress);
    } catch (thrown) {
      const carried = await carriedBy(thrown, siteId, progress, ctx);
      if (carried !== undefined) progress.attributions.push(carried);
      else if (!isSetback(thrown) || setbacks === MAX_SETBACKS) throw thrown;
    }
    // What was done so far is known step by step; what the links list shows now is no proof of what was published.
    remembered = { linkedCertificateId: null, targets: progress.targets, pending: remembered?.pending };
    await ctx.clock.sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** setbacks), ctx.signal);
    if (ctx.signal.aborted) throw ctx.signal.reason;
    setbacks++;
  }
  throw siteBusy({ siteId, rounds: MAX_ROUNDS });
}

/** The certificate to go back to: what is linked, or what was before a run that died half way. */
function earlier(now: ObservedSite, wanted: number | null, remembered: RememberedSite | undefined): number | null {
  const linked = now.linkedCertificateId;
  return linked !== null && linked !== wanted ? linked : (remembered?.linkedCertificateId ?? null);
}

/**
 * The revision that each target goes back to: what is live there. Where a run that died may have brought the wanted one
 * already, it is the one that the state remembers.
 */
function earlierRevisions(now: ObservedSite, { wanted, revisions, remembered }: ReconcileOptions): Revisions {
  const mayHaveBegun = now.linkedCertificateId === null || now.linkedCertificateId === wanted;
  const back: { [target in (typeof TARGETS)[number]]?: string } = {};
  for (const target of TARGETS) {
    const [live, next] = [now.revisions[target], revisions?.[target]];
    if (live === undefined || next === undefined || next === null) continue;
    const before = live === next && mayHaveBegun ? remembered?.targets[target]?.revisionId : undefined;
    back[target] = before ?? live;
  }
  return back;
}

/**
 * Spares a publish that would change nothing, and notices one that is missing: what an active publish took along is
 * known only when we followed it.
 */
async function settle(now: ObservedSite, options: ReconcileOptions, progress: Progress): Promise<ObservedSite> {
  const { wanted, serves } = options;
  const ga = now.active.ga;
  if (ga === undefined || wanted === null || now.linkedCertificateId !== wanted || serves === undefined) return now;
  const { publishId } = ga;
  const followed = ga.inferred !== true || progress.attributions.some(({ publishIds }) => publishIds.has(publishId));
  const served = ga.certificateId;
  if (served !== "unknown" && (followed || served !== wanted)) return now;
  const answer = await serves(wanted);
  if (answer === "unknown") return now;
  const certificateId: TargetNow["served"] = answer === "yes" ? wanted : "unknown";
  const targets = now.targets.map((one) => (one.target === "ga" ? { ...one, served: certificateId } : one));
  return { ...now, targets, active: { ...now.active, ga: { ...certain(ga), certificateId } } };
}

async function look(siteId: string, remembered: RememberedSite | undefined, ctx: Context): Promise<ObservedSite> {
  const now = await observeSite(siteId, remembered, ctx.api);
  if (now === undefined) throw siteMissing({ siteId });
  return now;
}

/** The links list shows what was wanted; otherwise somebody changed it meanwhile, and it is planned anew. */
async function confirmed(siteId: string, wanted: number | null, progress: Progress, ctx: Context): Promise<boolean> {
  const links = await ctx.api.siteCertificates.list(siteId);
  // What was linked a moment ago stays remembered: it is ours to remove.
  if (links === undefined) throw siteMissing({ siteId });
  progress.linkedCertificateId = links[0]?.certificateId ?? null;
  return progress.linkedCertificateId === wanted;
}

function forgetPublished(steps: readonly LinkStep[], { targets }: Progress): void {
  for (const step of steps) {
    if (step.kind !== "republish" && step.kind !== "publish") continue;
    const made = targets[step.target];
    if (made !== undefined) targets[step.target] = { ...made, certificateId: "unknown" };
  }
}

/** Looked into and planned again: an answer was lost, or the service refused because of what somebody else is doing. */
function isSetback(thrown: unknown): boolean {
  return isOutcomeUnknown(thrown) || isConflict(thrown);
}

async function awaitOther(
  siteId: string,
  step: Extract<LinkStep, { kind: "wait" }>,
  timeoutMs: number,
  ctx: Context,
): Promise<void> {
  ctx.row.info(describeSteps([step]));
  const operation = await ctx.api.publishing.get(siteId, step.operation.publishId);
  if (operation === undefined) return;
  try {
    await followPublish({ siteId, operation, timeoutMs }, ctx);
  } catch (thrown) {
    // One of ours that never ends would stand in the way of every run.
    const isOurs = step.operation.owner === "ours";
    if (isOurs && publishTimedOut.is(thrown) && (await cancelStuck(siteId, operation.publishId, ctx))) return;
    // How somebody else's publish ended is theirs; the next observation tells what it left.
    if (!publishFailed.is(thrown)) throw thrown;
  }
}
