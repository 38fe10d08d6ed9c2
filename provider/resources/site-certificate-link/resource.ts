import { COVERAGE_FIX, describeGap } from "../../core/errors/coverage-errors.ts";
import { QwiltError, withNote } from "../../core/errors/qwilt-error.ts";
import { linkForeign } from "../../core/errors/rotation-errors.ts";
import { endIfStuck } from "../../publishing/cancel-stuck.ts";
import { type LinkStep, type PlanOptions, planLinkChange, type Wanted } from "../../rotation/plan.ts";
import { RotationFailed, reconcileOrRollBack } from "../../rotation/reconcile-or-roll-back.ts";
import { fetchCertificateFacts } from "../../run/fetch-certificate-facts.ts";
import {
  type Change,
  type CheckContext,
  type Checked,
  type Context,
  type Failure,
  type Lifecycle,
  type MaybeUnknown,
  UNKNOWN,
} from "../../run/lifecycle.ts";
import { certificateObject, linkObject } from "../../run/ownership.ts";
import { type RememberedTargets, rememberedNow } from "../../site/last-observed.ts";
import { readSite } from "../../site/observe.ts";
import { TARGETS } from "../../site/target.ts";
import { timeoutOf } from "../timeouts.ts";
import { applyLink } from "./apply-link.ts";
import {
  activation,
  ownCertificate,
  provenBy,
  recall,
  revisionsToPublish,
  SiteCertificateLinkArgs,
  type SiteCertificateLinkState,
} from "./args.ts";
import { ofCertificate, ofIssuance } from "./certificate-of.ts";
import { declaredGap, refuseRememberedHosts } from "./coverage.ts";
import { describeOutcome, describePlannedChange, describePlannedCreate } from "./describe-plan.ts";
import { describeUnlinked } from "./describe-unlinked.ts";
import { linkExpiryWarnings } from "./expiry-warnings.ts";
import { withObservedProof } from "./proof.ts";
import { describeRequired, proofFailures } from "./required-proof.ts";
import { isOfTemplate } from "./template-certificate.ts";

type Args = SiteCertificateLinkArgs;
type State = SiteCertificateLinkState;

export const siteCertificateLink: Lifecycle<Args, Args, State> = {
  kind: "SiteCertificateLink",
  args: SiteCertificateLinkArgs,
  inputKeys: Object.keys(SiteCertificateLinkArgs.shape),

  // What the other stack exports changes with each of its runs, and only `check` and the operation ask for it.
  inputsOnly: ["requires"],

  references: {
    certificate: ({ kind, id, properties, given, olds }) => {
      if (isChosen(given)) return CONFLICT;
      if (kind !== "Certificate") return OTHER;
      const certificateId = id === undefined ? UNKNOWN : Number(id);
      // Left out of this run, it is the certificate of the last one.
      const left = olds.certificateId === certificateId ? olds : { certificateId };
      return ofCertificate(properties ?? left);
    },
    certificateIssuance: ({ kind, id, properties, given, olds }) => {
      if (isChosen(given)) return CONFLICT;
      if (kind !== "CertificateIssuance") return OTHER;
      const certificateTemplateId = id === undefined ? UNKNOWN : Number(id);
      const left = olds.certificateTemplateId === certificateTemplateId ? olds : { certificateTemplateId };
      return ofIssuance(properties ?? left);
    },
  },

  check(args, olds, ctx): Checked {
    const failures: Failure[] = isReplacedHere(args, olds, ctx) ? [] : proofFailures(args, olds, ctx.clock.now());
    const warnings: string[] = [];
    const gap = declaredGap(args, olds);
    if (gap !== undefined) {
      const uncovered = describeGap(gap);
      if (args.coverage === "warn") warnings.push(uncovered);
      else failures.push({ property: "hosts", reason: `${uncovered} ${COVERAGE_FIX} [QWILT_COVERAGE_LOST]` });
    }
    const both = args.certificateId !== undefined && args.certificateTemplateId !== undefined;
    const chosen = args.certificate !== undefined && args.certificate !== UNKNOWN;
    if (args.certificate === "conflict" || (both && !chosen)) {
      failures.push({
        property: chosen ? "certificate" : "certificateTemplateId",
        reason: "certificate, certificateId and certificateTemplateId are mutually exclusive: use one of them.",
      });
    } else if (args.certificate === "other") {
      failures.push({
        property: "certificate",
        reason:
          "certificate must be a Certificate or CertificateIssuance object; pass an id as certificateId, or a template's id as certificateTemplateId.",
      });
    } else if (args.certificateId === undefined && args.certificateTemplateId === undefined) {
      failures.push({
        property: "certificate",
        reason:
          "certificate is missing: pass a Certificate or CertificateIssuance object, certificateId or certificateTemplateId.",
      });
    }
    return { failures, warnings, plan: `${describePlannedCreate(args)}${describeRequired(args)}` };
  },

  diff(state, inputs, ctx): Change {
    if (inputs.siteId === UNKNOWN || inputs.siteId !== state.siteId) {
      return {
        kind: "replace",
        fields: ["siteId"],
        order: "create-first",
        plan: `${describePlannedCreate(inputs)}${describeRequired(inputs)}`,
      };
    }
    const wanted = plannedCertificate(state, inputs);
    if (wanted === null) return { kind: "none" };
    const steps = planLinkChange(rememberedNow(recall(state)), wanted, planOptions(inputs));
    if (steps.length === 0) {
      const ending = linkExpiryWarnings(state, inputs, ctx);
      return ending.length === 0 ? { kind: "none" } : { kind: "none", warnings: ending };
    }
    const warnings = foreignWarning(state, inputs);
    const same = wanted !== "new" && wanted === state.certificateId;
    const plan = `${describePlannedChange(steps, state, inputs)}${same ? "" : describeRequired(inputs)}`;
    return same ? { kind: "resume", plan, warnings } : { kind: "update", fields: ["certificateId"], plan, warnings };
  },

  async inspect(state, inputs, ctx) {
    const { kind } = siteCertificateLink.diff(state, inputs, ctx);
    return kind === "none" || kind === "replace" ? [] : refuseRememberedHosts(state, inputs, ctx);
  },

  sole: ({ siteId }) => (siteId === UNKNOWN ? undefined : { object: linkObject(siteId), property: "siteId" }),

  holds: (_id, state) => [linkObject(state.siteId)],

  replacedBy: ["siteId"],

  replacesInPlace: true,

  made: (_id, state) => provenBy(state),

  async create(inputs, ctx) {
    return { id: inputs.siteId, state: await applyWithLock(inputs, undefined, ctx) };
  },

  /** @param siteId a site has one link, which has no id of its own */
  async importById(siteId, ctx) {
    const linked = (await ctx.api.siteCertificates.list(siteId))?.[0]?.certificateId;
    if (linked === undefined) return undefined;
    const facts = await fetchCertificateFacts(linked, ctx);
    const own = { linkedCertificateId: linked, ownCertificateId: linked, targets: {} };
    return siteCertificateLink.read(siteId, { siteId, certificateId: linked, ...facts, ...own }, ctx);
  },

  async read(_id, state, ctx) {
    const { siteId } = state;
    const links = await ctx.api.siteCertificates.list(siteId);
    if (links === undefined) return undefined;
    const linked = links[0]?.certificateId;
    if (linked === undefined) return unlinked(state, ctx);
    if (linked !== state.certificateId && (await isRenewed(linked, state, ctx))) return renewed(linked, state, ctx);
    const targets = await activeTargets(siteId, linked, state, ctx);
    const base = { ...state, linkedCertificateId: linked, ownCertificateId: ownCertificate(state), targets };
    if (linked === state.certificateId) return withObservedProof(base, ctx);
    ctx.row.warn(
      `site ${siteId} is now linked to certificate ${linked}; this stack linked ${ownCertificate(state) ?? "nothing"}`,
    );
    const found = { ...base, certificateId: linked, ...(await fetchCertificateFacts(linked, ctx)) };
    return withObservedProof(found, ctx);
  },

  update: (_id, state, inputs, ctx) => applyWithLock(inputs, state, ctx),

  async delete(_id, state, ctx) {
    return ctx.siteLock.run(state.siteId, () => remove(state, ctx));
  },
};

/** What `check` reports on its property, together with all other findings. */
const CONFLICT = { certificate: "conflict" } as const;
const OTHER = { certificate: "other" } as const;

/** The certificate is given in another way as well. */
function isChosen({ certificate, certificateId, certificateTemplateId }: Readonly<Record<string, unknown>>): boolean {
  return [certificate, certificateId, certificateTemplateId].some((way) => way !== undefined && way !== null);
}

/** Checked as if it were new because it is replaced on demand; its certificate was judged before. */
function isReplacedHere({ siteId }: MaybeUnknown<Args>, olds: object, ctx: CheckContext): boolean {
  const isNew = Object.keys(olds).length === 0;
  return isNew && siteId !== UNKNOWN && ctx.stack.has("SiteCertificateLink", siteId);
}

async function applyWithLock(inputs: Args, state: State | undefined, ctx: Context): Promise<State> {
  refuseSecond(inputs, ctx);
  ctx.ownership.claim(linkObject(inputs.siteId), ctx.urn);
  const timeoutMs = timeoutOf(inputs, state === undefined ? "create" : "update", ctx);
  const reached = await ctx.siteLock.run(inputs.siteId, () => applyLink({ inputs, state, timeoutMs }, ctx));
  ctx.row.info(describeOutcome(reached, state));
  return reached;
}

/** A site has one link: two resources of one program would overwrite each other's in every run. */
function refuseSecond({ siteId }: Args, ctx: Context): void {
  if (!ctx.ownership.isClaimedByAnother(linkObject(siteId), ctx.urn)) return;
  throw linkForeign({ reason: "second-link", siteId });
}

/** Unlinks, and republishes if the site is in production; leaves alone what this stack did not link. */
async function remove(state: State, ctx: Context): Promise<boolean> {
  const { siteId } = state;
  if (ctx.ownership.isClaimedByAnother(linkObject(siteId), ctx.urn)) {
    ctx.row.info(`the link of site ${siteId} was taken over by another resource of this run: left unchanged`);
    return false;
  }
  const links = await ctx.api.siteCertificates.list(siteId);
  if (links === undefined) return false;
  const linked = links[0]?.certificateId ?? null;
  if (linked !== null && linked !== ownCertificate(state) && !(await isRenewed(linked, state, ctx))) {
    ctx.row.warn(`site ${siteId} is linked to certificate ${linked}, which this stack did not link: left unchanged`);
    return true;
  }
  const timeoutMs = timeoutOf(state, "delete", ctx);
  const options = {
    siteId,
    wanted: null,
    remembered: recall(state),
    timeoutMs,
    rollback: false,
    activate: activation(state),
  };
  const { targets } = await reconcileOrRollBack(options, ctx).catch(async (thrown: unknown) => {
    if (!(thrown instanceof RotationFailed)) throw thrown;
    const publishId = thrown.progress.asked?.publishId;
    const reason = publishId === undefined ? thrown.reason : await endIfStuck(siteId, publishId, thrown.reason, ctx);
    const unlinked = linked !== null && thrown.progress.linkedCertificateId === null;
    // A removal that stops after the unlink is dangerous: the edge serves the certificate only until somebody
    // publishes.
    throw unlinked && reason instanceof QwiltError
      ? withNote(reason, { kind: "already-unlinked", certificateId: linked })
      : reason;
  });
  if (linked === null) return true;
  ctx.ownership.markReleased(certificateObject(linked));
  ctx.row.info(describeRemoval(linked, targets));
  return true;
}

function describeRemoval(linked: number, targets: RememberedTargets): string {
  const without = TARGETS.filter((target) => targets[target]?.certificateId === null);
  return `unlinked ${linked}${without.length === 0 ? "" : `; no certificate is served on ${without.join(", ")} anymore`}`;
}

function planOptions(inputs: MaybeUnknown<Args>): PlanOptions {
  return { activate: activation(inputs), revisions: revisionsToPublish(inputs) };
}

/**
 * null: nothing is to be linked as far as is known. With a template, the operation itself looks up the newest
 * certificate.
 */
function plannedCertificate(state: State, inputs: MaybeUnknown<Args>): Wanted {
  if (inputs.certificateId === UNKNOWN || inputs.certificateTemplateId === UNKNOWN) return "new";
  if (inputs.certificateTemplateId === undefined) return inputs.certificateId ?? null;
  if (inputs.certificateTemplateId !== state.certificateTemplateId) return "new";
  const linked = state.linkedCertificateId ?? null;
  if (linked === null) return inputs.certificateId ?? (inputs.certificate === "issuance" ? null : "new");
  // Somebody else's certificate is drift; a newer one of the template itself stays.
  if (linked !== ownCertificate(state)) return inputs.certificateId ?? "new";
  return Math.max(linked, inputs.certificateId ?? linked);
}

/**
 * Nothing is linked: somebody unlinked it, or a removal stopped half way. Until a publish reaches the edge, the
 * certificate is still served, so the resource stays in the state and the outstanding work, a removal included, is
 * still to be done.
 */
async function unlinked(state: State, ctx: Context): Promise<State | undefined> {
  const targets = await activeTargets(state.siteId, null, state, ctx);
  const now: State = { ...state, linkedCertificateId: null, ownCertificateId: ownCertificate(state), targets };
  const warning = describeUnlinked(state, targets, plannedAfterUnlink(now));
  if (warning !== undefined) ctx.row.warn(warning);
  const served = Object.values(targets).some((target) => target !== undefined && target.certificateId !== null);
  return served ? withObservedProof(now, ctx) : undefined;
}

/** What the next run does if the program is unchanged; undefined if it linked nothing, or not what was linked last. */
function plannedAfterUnlink(now: State): string | undefined {
  const wanted = plannedCertificate(now, now);
  if (wanted === null || now.certificateId !== now.ownCertificateId) return undefined;
  return describePlannedChange(planLinkChange(rememberedNow(recall(now)), wanted, planOptions(now)), now, now);
}

async function isRenewed(linked: number, state: State, ctx: Context): Promise<boolean> {
  const templateId = state.certificateTemplateId;
  return templateId !== undefined && isOfTemplate(linked, templateId, ctx);
}

/** Qwilt renewed, linked and published by itself: the outputs follow, and no change is shown. */
async function renewed(linked: number, state: State, ctx: Context): Promise<State> {
  // Qwilt publishes after it links, so every new publish activates the new certificate.
  const targets = await activeTargets(state.siteId, linked, { ...state, linkedCertificateId: linked }, ctx);
  const underWay = TARGETS.some((target) => {
    const before = state.targets?.[target]?.publishId;
    return before !== undefined && targets[target]?.publishId === before;
  });
  if (underWay) {
    ctx.row.info(`Qwilt is renewing: certificate ${linked} is linked, its publish is in progress`);
    return state;
  }
  const facts = await fetchCertificateFacts(linked, ctx);
  const now = { ...state, certificateId: linked, linkedCertificateId: linked, ownCertificateId: linked, targets };
  return withObservedProof({ ...now, ...facts }, ctx);
}

/** Somebody has linked another certificate since: it is named before it is overwritten. */
function foreignWarning(state: State, inputs: MaybeUnknown<Args>): string[] {
  const linked = state.linkedCertificateId ?? null;
  const own = ownCertificate(state);
  if (linked === null || linked === own || linked === inputs.certificateId) return [];
  const told =
    inputs.replaceExisting === true ? "it will be replaced" : "`pulumi up` replaces it only with replaceExisting: true";
  return [
    `the site is linked to certificate ${linked}, which this stack did not link (it linked ${own ?? "nothing"}): ${told}`,
  ];
}

/** Which publish is active on which target, from lists that a refresh of many sites shares. */
async function activeTargets(
  siteId: string,
  linked: number | null,
  state: State,
  ctx: Context,
): Promise<RememberedTargets> {
  const lists = await Promise.all(TARGETS.map((publishTarget) => ctx.api.sites.listShared({ publishTarget })));
  const operations = lists.flatMap((list) => {
    const found = list.find((one) => one.siteId === siteId)?.activeAndLastPublishingOperation;
    return found?.active === undefined ? [] : [found.active];
  });
  return readSite(linked, operations, recall(state)).active;
}

/** The steps of the plan that `diff` describes; null: the link is removed. */
export function plannedSteps(state: State, inputs: MaybeUnknown<Args> | null): readonly LinkStep[] {
  const wanted = inputs === null ? null : plannedCertificate(state, inputs);
  if (wanted === null && inputs !== null) return [];
  return planLinkChange(rememberedNow(recall(state)), wanted, planOptions(inputs ?? state));
}
