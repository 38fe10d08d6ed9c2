/** Brings a link to what its inputs want, and tells it as the state to remember. */
import { QwiltError } from "../errors.ts";
import { type Context, Unfinished } from "../lifecycle.ts";
import { certificateFacts } from "../x509/facts.ts";
import { CarryOutFailed, carryOut } from "./carry-out.ts";
import { describeUncovered, refuseUncovered } from "./coverage-guard.ts";
import { isOfTemplate, wantedCertificate } from "./lineage.ts";
import {
  activation,
  ownCertificate,
  type Proof,
  recall,
  type SiteCertificateLinkArgs,
  type SiteCertificateLinkState,
} from "./link-args.ts";
import type { ObservedSite } from "./observe-site.ts";
import type { Progress } from "./progress.ts";
import { proveEdge, servesAlready } from "./prove.ts";
import { edgeAddress, observedHosts, type RevisionHosts } from "./site-facts.ts";

type Facts = Pick<SiteCertificateLinkArgs, "fingerprint" | "dnsNames" | "ipAddresses" | "notAfter">;
const NO_FACTS: Facts = { fingerprint: undefined, dnsNames: undefined, ipAddresses: undefined, notAfter: undefined };

export interface LinkOptions {
  readonly inputs: SiteCertificateLinkArgs;
  readonly state: SiteCertificateLinkState | undefined;
  readonly timeoutMs: number;
}

/** What was learnt on the way; it goes into the state, so that the next run need not ask again. */
interface Learnt {
  facts: Facts;
  hosts: RevisionHosts | undefined;
  /** Where handshakes go. */
  address: string | undefined;
  delegationTarget: string | undefined;
}

/** @throws Unfinished once something was changed, with the state as it is then */
export async function linkSite(options: LinkOptions, ctx: Context): Promise<SiteCertificateLinkState> {
  const certificateId = await wantedCertificate(options.inputs, ctx);
  if (certificateId === undefined) return notYet(options, ctx);
  return linkCertificate({ ...options, inputs: { ...options.inputs, certificateId } }, certificateId, ctx);
}

/** An issuance with `wait: "next-run"` is not done: nothing is touched, and the next run links. */
function notYet({ inputs, state }: LinkOptions, ctx: Context): SiteCertificateLinkState {
  ctx.row.info("nothing to link yet: the certificate is not issued; a later run links it");
  return { ...inputs, linkedCertificateId: state?.linkedCertificateId ?? null, targets: state?.targets ?? {} };
}

async function linkCertificate(
  options: LinkOptions,
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
    const progress = await carryOut(
      {
        siteId,
        wanted: certificateId,
        remembered: state === undefined ? undefined : recall(state),
        timeoutMs,
        activate: activation(inputs),
        rollback: inputs.rollback ?? true,
        beforeActing: async (now) => {
          await refuseForeign(now, options, ctx);
          if (asked) return;
          asked = true;
          await guardCoverage(now, options, learnt, ctx);
        },
        servesWanted: () => servesAlready({ siteId, hosts: hostsOf(inputs, learnt), ...proofParts(learnt) }, ctx),
      },
      ctx,
    );
    const reached = remember(options, progress, learnt);
    return await withProof(reached, inputs, learnt, ctx);
  } catch (thrown) {
    if (thrown instanceof Unfinished || !(thrown instanceof CarryOutFailed)) throw thrown;
    if (!thrown.progress.touched) throw thrown.reason;
    throw new Unfinished(siteId, remember(options, thrown.progress, learnt), thrown.reason);
  }
}

/** The certificate's facts: given by the program, or read once. */
async function factsFor(inputs: SiteCertificateLinkArgs, certificateId: number, ctx: Context): Promise<Facts> {
  const told = inputs.fingerprint !== undefined && inputs.fingerprint !== "" && inputs.dnsNames !== undefined;
  // By template the facts may be those of an earlier certificate than the one that is newest now.
  if (told && inputs.certificateTemplateId === undefined) return inputs;
  const found = await ctx.api.certificates.get(certificateId, { detailed: true });
  return found?.certificate === undefined ? NO_FACTS : certificateFacts(found.certificate);
}

/** Never unlink what the stack did not link, unless told. */
async function refuseForeign(now: ObservedSite, { inputs, state }: LinkOptions, ctx: Context): Promise<void> {
  const linked = now.linkedCertificateId;
  if (linked === null || linked === inputs.certificateId || inputs.replaceExisting === true) return;
  const own = state !== undefined && linked === ownCertificate(state);
  if (own || ctx.stack.has("Certificate", String(linked))) return;
  const templateId = inputs.certificateTemplateId;
  if (templateId !== undefined && (await isOfTemplate(linked, templateId, ctx))) return;
  throw new QwiltError({
    code: "QWILT_LINK_FOREIGN",
    what: `The site is linked to certificate ${linked}, which this stack did not link; it was left alone.`,
    where: `site ${inputs.siteId}, wanted certificate ${inputs.certificateId}`,
    todo: "find out who linked it; to replace it, set replaceExisting: true on the link and run `pulumi up` again",
  });
}

async function guardCoverage(
  now: ObservedSite,
  { inputs, state }: LinkOptions,
  learnt: Learnt,
  ctx: Context,
): Promise<void> {
  if (inputs.coverage === "off") return;
  learnt.hosts = await observedHosts(inputs.siteId, now, learnt.hosts, ctx);
  const { dnsNames, ipAddresses } = learnt.facts;
  if (dnsNames === undefined) {
    ctx.row.warn(`coverage was not checked: Qwilt did not show the text of certificate ${inputs.certificateId}`);
    return;
  }
  const question = {
    wanted: { dnsNames, ipAddresses: ipAddresses ?? [] },
    outgoing:
      state?.dnsNames === undefined ? undefined : { dnsNames: state.dnsNames, ipAddresses: state.ipAddresses ?? [] },
    hosts: [...new Set([...(inputs.hosts ?? []), ...(learnt.hosts?.hosts ?? [])])],
  };
  if (inputs.coverage !== "warn") return refuseUncovered(inputs.siteId, question);
  const uncovered = describeUncovered(question);
  if (uncovered !== undefined) ctx.row.warn(uncovered);
}

/** After a roll-back the old certificate is what the state tells, and the next preview shows what is still wanted. */
function remember({ inputs, state }: LinkOptions, progress: Progress, learnt: Learnt): SiteCertificateLinkState {
  const back = progress.rolledBack && state !== undefined ? certificateOf(state) : {};
  const { linkedCertificateId, targets, unlinkedForMs } = progress;
  // What somebody else linked meanwhile does not become ours by being seen.
  const own = progress.rolledBack ? linkedCertificateId : state === undefined ? null : ownCertificate(state);
  return {
    ...inputs,
    ...(inputs.certificateTemplateId === undefined ? {} : learnt.facts),
    ...back,
    linkedCertificateId,
    ownCertificateId: linkedCertificateId === inputs.certificateId ? linkedCertificateId : own,
    targets,
    ...(unlinkedForMs === undefined ? {} : { unlinkedForMs }),
    ...(learnt.hosts === undefined ? {} : { observedHosts: learnt.hosts }),
    ...(learnt.delegationTarget === undefined ? {} : { delegationTarget: learnt.delegationTarget }),
  };
}

function certificateOf({ certificateId, fingerprint, dnsNames, ipAddresses, notAfter }: SiteCertificateLinkState) {
  return { certificateId, fingerprint, dnsNames, ipAddresses, notAfter };
}

async function withProof(
  reached: SiteCertificateLinkState,
  inputs: SiteCertificateLinkArgs,
  learnt: Learnt,
  ctx: Context,
): Promise<SiteCertificateLinkState> {
  const live = reached.targets.ga;
  if (live === undefined || activation(inputs) !== "now") return reached;
  try {
    const seen = await proveEdge({ siteId: inputs.siteId, hosts: hostsOf(inputs, learnt), ...proofParts(learnt) }, ctx);
    const { publishId, activatedAt } = live;
    const fingerprint = learnt.facts.fingerprint ?? "";
    const notAfter = learnt.facts.notAfter ?? "";
    const proof: Proof = { siteId: inputs.siteId, target: "ga", fingerprint, publishId, activatedAt, notAfter, seen };
    return { ...reached, proof };
  } catch (thrown) {
    // What was reached is kept; what the edge shows makes the next run look again.
    const targets = { ...reached.targets, ga: { ...live, certificateId: "unknown" as const } };
    throw new Unfinished(
      inputs.siteId,
      { ...reached, targets },
      thrown instanceof Error ? thrown : new Error(String(thrown)),
    );
  }
}

function hostsOf(inputs: SiteCertificateLinkArgs, learnt: Learnt): readonly string[] {
  return learnt.hosts?.hosts ?? inputs.hosts ?? [];
}

function proofParts(learnt: Learnt) {
  return { fingerprint: learnt.facts.fingerprint ?? "", address: learnt.address };
}
