/** Observe, plan, act, observe: the loop that moves one site to the wanted certificate. */
import { isConflict, isOutcomeUnknown } from "../api/http/api-error.ts";
import { siteMissing } from "../core/errors/object-errors.ts";
import { publishFailed, publishTimedOut, siteBusy } from "../core/errors/rotation-errors.ts";
import { cancelStuck } from "../publishing/cancel-stuck.ts";
import { followPublish } from "../publishing/follow-publish.ts";
import type { Context } from "../run/lifecycle.ts";
import { type RememberedSite, withoutInferred } from "../site/last-observed.ts";
import { type ObservedSite, observeSite } from "../site/observe.ts";
import { TARGETS, type TargetNow } from "../site/target.ts";
import { findCarryingPublishes } from "./attribute-publish.ts";
import { executeStep } from "./execute-step.ts";
import { describeSteps, type LinkStep, type PlanOptions, planLinkChange, type Revisions } from "./plan.ts";
import { applyAttributions, type Progress } from "./progress.ts";

/** "unknown": the edge could not be reached. */
export type ServedVerdict = "yes" | "no" | "unknown";

export interface ReconcileOptions extends PlanOptions {
  readonly siteId: string;
  readonly wanted: number | null;
  readonly remembered: RememberedSite | undefined;
  readonly timeoutMs: number;
  /** Finds out by a handshake what no endpoint shows: whether production already serves this certificate. */
  readonly serves?: (certificateId: number) => Promise<ServedVerdict>;
  /** Checks each observation before anything is changed; throws to refuse. */
  readonly beforeActing?: (now: ObservedSite) => Promise<void> | void;
}

/** Somebody may publish again and again: after this many rounds it is an error, not a wait. */
const MAX_ROUNDS = 20;
/** After lost responses and conflicts it plans again this often, with a growing pause. */
const MAX_SETBACKS = 4;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 8_000;

/** Used forward, and by a roll-back. What it did is recorded in `progress`, also when it throws. */
export async function reconcile(options: ReconcileOptions, progress: Progress, ctx: Context): Promise<void> {
  const { siteId, wanted } = options;
  let remembered = options.remembered;
  let setbacks = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const seen = applyAttributions(await look(siteId, remembered, ctx), progress.attributions);
    const now = await resolveServedByHandshake(seen, options, progress);
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
      // Somebody un-published, or linked something else before or after our publish: what was published is not known.
      forgetPublished(steps, progress);
    } catch (thrown) {
      const carried = await findCarryingPublishes(thrown, siteId, progress, ctx);
      if (carried !== undefined) progress.attributions.push(carried);
      else if (!isSetback(thrown) || setbacks === MAX_SETBACKS) throw thrown;
    }
    // The steps done so far are known one by one; the current list of links does not prove what was published.
    remembered = { linkedCertificateId: null, targets: progress.targets, pending: remembered?.pending };
    await ctx.clock.sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** setbacks), ctx.signal);
    if (ctx.signal.aborted) throw ctx.signal.reason;
    setbacks++;
  }
  throw siteBusy({ siteId, rounds: MAX_ROUNDS });
}

/** The certificate for a roll-back: what is linked, or what was linked before a run that died half way. */
function earlier(now: ObservedSite, wanted: number | null, remembered: RememberedSite | undefined): number | null {
  const linked = now.linkedCertificateId;
  return linked !== null && linked !== wanted ? linked : (remembered?.linkedCertificateId ?? null);
}

/**
 * The revision of each target for a roll-back: what is live there. If a run that died may already have published the
 * wanted one, it is the one in the state.
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
 * Avoids a publish that would change nothing, and detects one that is missing: what an active publish activated is
 * known only if we followed it.
 */
async function resolveServedByHandshake(
  now: ObservedSite,
  options: ReconcileOptions,
  progress: Progress,
): Promise<ObservedSite> {
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
  return { ...now, targets, active: { ...now.active, ga: { ...withoutInferred(ga), certificateId } } };
}

async function look(siteId: string, remembered: RememberedSite | undefined, ctx: Context): Promise<ObservedSite> {
  const now = await observeSite(siteId, remembered, ctx.api);
  if (now === undefined) throw siteMissing({ siteId });
  return now;
}

/**
 * Succeeds if the wanted certificate is linked; otherwise somebody changed it meanwhile, and the caller plans again.
 */
async function confirmed(siteId: string, wanted: number | null, progress: Progress, ctx: Context): Promise<boolean> {
  const links = await ctx.api.siteCertificates.list(siteId);
  // What was just linked stays recorded: it is ours to remove.
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

/** Errors after which the loop observes and plans again: a lost response, or a conflict with somebody else's change. */
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
    // A publish of ours that never ends would block every run.
    const isOurs = step.operation.owner === "ours";
    if (isOurs && publishTimedOut.is(thrown) && (await cancelStuck(siteId, operation.publishId, ctx))) return;
    // The outcome of somebody else's publish is not our error; the next observation shows the result.
    if (!publishFailed.is(thrown)) throw thrown;
  }
}
