/** Brings a link to what its inputs require, and returns the state to store. */
import { notFound } from "../../core/errors/response-errors.ts";
import { linkForeign } from "../../core/errors/rotation-errors.ts";
import { describeUncovered, refuseUncovered } from "../../rotation/coverage-guard.ts";
import type { Progress } from "../../rotation/progress.ts";
import { RotationFailed, reconcileOrRollBack } from "../../rotation/reconcile-or-roll-back.ts";
import { servesAlready, verifyEdge } from "../../rotation/verify-edge.ts";
import { type Context, Unfinished } from "../../run/lifecycle.ts";
import { certificateObject } from "../../run/ownership.ts";
import type { ObservedSite } from "../../site/observe.ts";
import { edgeAddress, hostsOfRevision, observedHosts, type RevisionHosts } from "../../site/site-facts.ts";
import { TARGETS, type Target } from "../../site/target.ts";
import { issuerFingerprints } from "../../x509/compare.ts";
import { certificateFacts } from "../../x509/facts.ts";
import {
  activation,
  ownCertificate,
  provenBy,
  recall,
  revisionsToPublish,
  type SiteCertificateLinkArgs,
  type SiteCertificateLinkState,
} from "./args.ts";
import { proofOf, withStagingProof } from "./proof.ts";
import { refuseUnproven } from "./required-proof.ts";
import { isOfTemplate, wantedCertificate } from "./template-certificate.ts";

type Facts = Pick<SiteCertificateLinkArgs, "fingerprint" | "dnsNames" | "ipAddresses" | "notAfter">;
const NO_FACTS: Facts = { fingerprint: undefined, dnsNames: undefined, ipAddresses: undefined, notAfter: undefined };

export interface ApplyLinkOptions {
  readonly inputs: SiteCertificateLinkArgs;
  readonly state: SiteCertificateLinkState | undefined;
  readonly timeoutMs: number;
}

/** Facts found on the way; they go into the state, so that the next run need not request them again. */
interface Learnt {
  facts: Facts;
  hosts: RevisionHosts | undefined;
  /** Where handshakes connect to. */
  address: string | undefined;
  delegationTarget: string | undefined;
  /** What was linked at the first observation; undefined: there was nothing to do. */
  found?: number | null;
}

/** @throws Unfinished once something was changed, with the state at that time */
export async function applyLink(options: ApplyLinkOptions, ctx: Context): Promise<SiteCertificateLinkState> {
  const certificateId = await wantedCertificate(options.inputs, options.state, ctx);
  if (certificateId === undefined) return notYet(options);
  return linkOrResume({ ...options, inputs: { ...options.inputs, certificateId } }, certificateId, ctx);
}

/** An issuance with `wait: "next-run"` is not done: nothing is changed, and the next run links. */
function notYet({ inputs, state }: ApplyLinkOptions): SiteCertificateLinkState {
  return { ...inputs, linkedCertificateId: state?.linkedCertificateId ?? null, targets: state?.targets ?? {} };
}

async function linkOrResume(
  options: ApplyLinkOptions,
  certificateId: number,
  ctx: Context,
): Promise<SiteCertificateLinkState> {
  const { inputs, state, timeoutMs } = options;
  const { siteId } = inputs;
  const learnt: Learnt = {
    facts: await factsFor(inputs, certificateId, ctx),
    hosts: state?.observedHosts,
    ...(await edgeAddress(siteId, state?.delegationTarget, ctx)),
  };
  let asked = false;
  try {
    const progress = await reconcileOrRollBack(
      {
        siteId,
        wanted: certificateId,
        remembered: state === undefined ? undefined : recall(state),
        timeoutMs,
        activate: activation(inputs),
        revisions: revisionsToPublish(inputs),
        rollback: inputs.rollback ?? true,
        beforeActing: async (now) => {
          await refuseForeign(now, options, ctx);
          if (asked) return;
          asked = true;
          learnt.found = now.linkedCertificateId;
          refuseWithoutProof(now, options, learnt, ctx);
          const then = { revisions: revisionsThen(now, inputs) };
          await refuseMissingRevision(now, then, options, learnt, ctx);
          await guardCoverage(then, options, learnt, ctx);
        },
        serves: async (id) => {
          const wanted = await sentByEdge(id, ctx);
          if (wanted === undefined) return "unknown";
          // One request is cheaper than a publish that changes nothing.
          if (hostsOf(inputs, learnt).length === 0)
            learnt.hosts = await observedHosts(siteId, { revisions: {} }, undefined, ctx);
          return servesAlready({ siteId, hosts: hostsOf(inputs, learnt), address: learnt.address, ...wanted }, ctx);
        },
      },
      ctx,
    );
    const reached = remember(options, progress, learnt, ctx);
    const { found } = learnt;
    if (typeof found === "number" && found !== reached.linkedCertificateId)
      ctx.ownership.markReleased(certificateObject(found));
    tellAdopted(reached, state, ctx);
    for (const object of provenBy(reached)) ctx.ownership.markCreated(object);
    return await withProof(reached, inputs, learnt, ctx);
  } catch (thrown) {
    if (thrown instanceof Unfinished || !(thrown instanceof RotationFailed)) throw thrown;
    if (!thrown.progress.touched) throw thrown.reason;
    throw new Unfinished(siteId, remember(options, thrown.progress, learnt, ctx), thrown.reason);
  }
}

/** The certificate's facts: given by the program, or read once. */
async function factsFor(inputs: SiteCertificateLinkArgs, certificateId: number, ctx: Context): Promise<Facts> {
  const told = inputs.fingerprint !== undefined && inputs.fingerprint !== "" && inputs.dnsNames !== undefined;
  // With a template, the facts may belong to an earlier certificate than the one that is newest now.
  if (told && inputs.certificateTemplateId === undefined) return inputs;
  const found = await ctx.api.certificates.get(certificateId, { detailed: true });
  // Checked before anything is changed: unlinking the old one for it would only end in a roll-back.
  if (found === undefined) {
    throw notFound({ object: "certificate", siteId: inputs.siteId, certificateId });
  }
  return found.certificate === undefined ? NO_FACTS : certificateFacts(found.certificate);
}

/** Never unlink what the stack did not link, unless `replaceExisting` allows it. */
async function refuseForeign(now: ObservedSite, { inputs, state }: ApplyLinkOptions, ctx: Context): Promise<void> {
  const linked = now.linkedCertificateId;
  if (linked === null || linked === inputs.certificateId) return;
  const own = state !== undefined && linked === ownCertificate(state);
  if (own || ctx.ownership.isCreated(certificateObject(linked))) return;
  if (inputs.replaceExisting === true) {
    ctx.row.warn(
      `site ${inputs.siteId} is linked to certificate ${linked}, which this stack did not link; replaceExisting replaces it`,
    );
    return;
  }
  // Qwilt may have renewed since the last refresh: a newer certificate of the stack's own template is not foreign.
  for (const templateId of new Set([inputs.certificateTemplateId, state?.certificateTemplateId])) {
    if (templateId !== undefined && (await isOfTemplate(linked, templateId, ctx))) return;
  }
  throw linkForeign({
    reason: "not-ours",
    siteId: inputs.siteId,
    linkedCertificateId: linked,
    wantedCertificateId: inputs.certificateId,
    isNew: state === undefined,
  });
}

/** The preview checked what it knew. The certificate of a template, or one given by its id alone, is known only now. */
function refuseWithoutProof(now: ObservedSite, { inputs, state }: ApplyLinkOptions, { facts }: Learnt, ctx: Context) {
  const { certificateId, requires } = inputs;
  if (requires === undefined || certificateId === undefined) return;
  const isOwn = state?.certificateId === certificateId || (state !== undefined && isSame(state, facts));
  // Qwilt renewed the certificate and linked it already.
  const isLinked = state !== undefined && now.linkedCertificateId === certificateId;
  if (isOwn || isLinked) return;
  const { fingerprint, notAfter } = facts;
  refuseUnproven(requires, { id: certificateId, fingerprint, notAfter, before: state?.fingerprint }, ctx.clock.now());
}

function isSame(one: Facts, other: Facts): boolean {
  return one.fingerprint !== undefined && one.fingerprint !== "" && one.fingerprint === other.fingerprint;
}

/**
 * What is live after the change: hosts of a revision that is published with the certificate must be covered, those it
 * drops need not.
 */
function revisionsThen(now: ObservedSite, inputs: SiteCertificateLinkArgs): ObservedSite["revisions"] {
  if (activation(inputs) !== "now") return now.revisions;
  const wanted = revisionsToPublish(inputs);
  const then: { [target in Target]?: string } = { ...now.revisions };
  for (const { target, inProduction, served } of now.targets) {
    const revisionId = wanted?.[target];
    if (inProduction && served !== inputs.certificateId && typeof revisionId === "string") then[target] = revisionId;
  }
  return then;
}

/** Checked before anything is changed: unlinking the old certificate for it would only end in a roll-back. */
async function refuseMissingRevision(
  now: ObservedSite,
  then: Pick<ObservedSite, "revisions">,
  { inputs: { siteId } }: ApplyLinkOptions,
  learnt: Learnt,
  ctx: Context,
): Promise<void> {
  for (const target of TARGETS) {
    const revisionId = then.revisions[target];
    if (revisionId === undefined || revisionId === now.revisions[target]) continue;
    if (learnt.hosts?.revisionId === revisionId) continue;
    const found = await ctx.api.siteConfigurations.get(siteId, revisionId);
    if (found === undefined) {
      throw notFound({ object: "revision", siteId, revisionId, target });
    }
    learnt.hosts = hostsOfRevision(found) ?? learnt.hosts;
  }
}

async function guardCoverage(
  now: Pick<ObservedSite, "revisions">,
  { inputs, state }: ApplyLinkOptions,
  learnt: Learnt,
  ctx: Context,
): Promise<void> {
  if (inputs.coverage === "off") return;
  learnt.hosts = await observedHosts(inputs.siteId, now, learnt.hosts, ctx);
  const { dnsNames, ipAddresses } = learnt.facts;
  if (dnsNames === undefined) {
    ctx.row.warn(`coverage was not checked: Qwilt did not return the PEM text of certificate ${inputs.certificateId}`);
    return;
  }
  const question = {
    wanted: { dnsNames, ipAddresses: ipAddresses ?? [] },
    outgoing:
      state?.dnsNames === undefined ? undefined : { dnsNames: state.dnsNames, ipAddresses: state.ipAddresses ?? [] },
    hosts: [...new Set([...(inputs.hosts ?? []), ...(learnt.hosts?.hosts ?? [])])],
  };
  if (inputs.coverage !== "warn") return refuseUncovered(inputs.siteId, question, inputs.hosts);
  const uncovered = describeUncovered(question);
  if (uncovered !== undefined) ctx.row.warn(uncovered);
}

/**
 * After a roll-back the state has the old certificate, and the next preview shows the change that is still outstanding.
 */
function remember(
  options: ApplyLinkOptions,
  progress: Progress,
  learnt: Learnt,
  ctx: Context,
): SiteCertificateLinkState {
  const { inputs, state } = options;
  const back = progress.rolledBack && state !== undefined ? certificateOf(state) : {};
  const { linkedCertificateId, targets, unlinkedForMs } = progress;
  return {
    ...inputs,
    ...(inputs.certificateTemplateId === undefined ? {} : learnt.facts),
    ...back,
    linkedCertificateId,
    ownCertificateId: ownAfterwards(options, progress, learnt, ctx),
    ...(linkedCertificateId !== null && ctx.ownership.isCreated(certificateObject(linkedCertificateId))
      ? { madeCertificateId: linkedCertificateId }
      : {}),
    targets,
    ...pendingPublish(progress),
    ...(unlinkedForMs === undefined ? {} : { unlinkedForMs }),
    ...(learnt.hosts === undefined ? {} : { observedHosts: learnt.hosts }),
    ...(learnt.delegationTarget === undefined ? {} : { delegationTarget: learnt.delegationTarget }),
  };
}

/**
 * A certificate that was linked before the stack existed, or that somebody else linked since, does not become the
 * stack's own by being observed.
 */
function ownAfterwards(
  { inputs, state }: ApplyLinkOptions,
  progress: Progress,
  learnt: Learnt,
  ctx: Context,
): number | null {
  const linked = progress.linkedCertificateId;
  const before = state === undefined ? null : ownCertificate(state);
  if (progress.rolledBack) return linked;
  if (linked === null || linked !== inputs.certificateId) return before;
  const linkedNow = learnt.found !== undefined && learnt.found !== linked;
  // Linked by a run of this link that died afterwards, a certificate that only this stack has, or the one the program
  // gives.
  const known =
    before !== null || ctx.ownership.isCreated(certificateObject(linked)) || inputs.replaceExisting === true;
  return linkedNow || known ? linked : null;
}

function tellAdopted(reached: SiteCertificateLinkState, state: SiteCertificateLinkState | undefined, ctx: Context) {
  if (state !== undefined || reached.linkedCertificateId === null || reached.ownCertificateId !== null) return;
  ctx.row.info(
    `site ${reached.siteId} was linked to certificate ${reached.linkedCertificateId} before this stack managed it: removing this link leaves it linked, and a rotation needs replaceExisting: true`,
  );
}

function pendingPublish({ asked, targets, rolledBack }: Progress) {
  if (asked?.publishId === undefined || rolledBack || targets[asked.target]?.publishId === asked.publishId) return {};
  const { target, publishId, certificateId } = asked;
  return { pendingPublish: { target, publishId, certificateId } };
}

function certificateOf(state: SiteCertificateLinkState) {
  const { certificateId, fingerprint, dnsNames, ipAddresses, notBefore, notAfter } = state;
  return { certificateId, fingerprint, dnsNames, ipAddresses, notBefore, notAfter };
}

async function withProof(
  reached: SiteCertificateLinkState,
  inputs: SiteCertificateLinkArgs,
  learnt: Learnt,
  ctx: Context,
): Promise<SiteCertificateLinkState> {
  const live = reached.targets.ga;
  if (activation(inputs) !== "now") return reached;
  const hosts = hostsOf(inputs, learnt);
  if (live === undefined) return withStagingProof(reached, learnt.facts, hosts, ctx);
  try {
    const question = { siteId: inputs.siteId, hosts, fingerprint: learnt.facts.fingerprint ?? "" };
    const seen = await verifyEdge({ ...question, address: learnt.address }, ctx);
    return { ...reached, proof: proofOf(reached, "ga", live, learnt.facts, seen) };
  } catch (thrown) {
    // What was reached is kept; what the edge shows makes the next run check again.
    const targets = { ...reached.targets, ga: { ...live, certificateId: "unknown" as const } };
    throw new Unfinished(
      inputs.siteId,
      { ...reached, targets },
      thrown instanceof Error ? thrown : new Error(String(thrown)),
    );
  }
}

/** What the edge sends when it serves the certificate; undefined: Qwilt does not return its text. */
async function sentByEdge(id: number, ctx: Context) {
  const found = await ctx.api.certificates.get(id, { detailed: true });
  if (found?.certificate === undefined) return undefined;
  const { fingerprint } = certificateFacts(found.certificate);
  const { certificateChain: chain } = found;
  return chain === undefined ? { fingerprint } : { fingerprint, issuers: issuerFingerprints(chain) };
}

function hostsOf(inputs: SiteCertificateLinkArgs, learnt: Learnt): readonly string[] {
  return learnt.hosts?.hosts ?? inputs.hosts ?? [];
}
