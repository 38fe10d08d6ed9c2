/** SiteCertificateLink: the one certificate a site serves. The order of steps lives in ../renewal/plan.ts. */
import { z } from "zod";
import { QwiltError } from "../errors.ts";
import {
  type Change,
  type Checked,
  type Context,
  type Failure,
  type Lifecycle,
  type MaybeUnknown,
  UNKNOWN,
  Unfinished,
} from "../lifecycle.ts";
import { CarryOutFailed, carryOut } from "../renewal/carry-out.ts";
import { type ObservedSite, readSite } from "../renewal/observe-site.ts";
import { describeSteps, planLinkChange, type Wanted } from "../renewal/plan.ts";
import type { Progress } from "../renewal/progress.ts";
import { type RememberedTargets, rememberedNow } from "../renewal/remembered.ts";
import { certificateFacts } from "../x509/facts.ts";
import { Timeouts } from "./timeouts.ts";

const CertificateId = z.union([
  z.int().positive(),
  z.string().regex(/^\d+$/, "expected a certificate id, a number").transform(Number),
]);

export const SiteCertificateLinkArgs = z.strictObject({
  /** Site that serves the certificate. Changing it replaces the link. */
  siteId: z.string().min(1),
  /** Certificate to serve. Changing it relinks the same site in place, without a gap in service. */
  certificateId: CertificateId.optional(),
  /** Set by the class when both certificate and certificateId are given: they exclude each other. */
  certificate: z.literal("given").optional(),
  /** Facts of the certificate; the class takes them from a certificate object. */
  fingerprint: z.string().optional(),
  dnsNames: z.array(z.string()).readonly().optional(),
  ipAddresses: z.array(z.string()).readonly().optional(),
  notAfter: z.string().optional(),
  /** Secured host names, checked for coverage. Left out: read from the site's configuration inside the operation. */
  hosts: z.array(z.string().min(1)).readonly().optional(),
  /** What a host without cover does: "require" (default) refuses, "warn" tells, "off" is silent. */
  coverage: z.enum(["require", "warn", "off"]).optional(),
  /** "now" (default): republish every target in production. "next-publish": whatever publishes next activates it. */
  activate: z.enum(["now", "next-publish"]).optional(),
  /** Allow unlinking a certificate that this stack did not link. Default false. */
  replaceExisting: z.boolean().optional(),
  /** Give the old certificate back when a rotation fails. Default true. */
  rollback: z.boolean().optional(),
  timeouts: Timeouts.optional(),
});
export type SiteCertificateLinkArgs = z.infer<typeof SiteCertificateLinkArgs>;

/** What the stack remembers: the last observation, never proof of what exists now. */
export interface SiteCertificateLinkState extends SiteCertificateLinkArgs {
  readonly linkedCertificateId: number | null;
  /** Per target in production: the last publish that was followed or seen. */
  readonly targets: RememberedTargets;
  /** Milliseconds that the site had nothing linked in the last change; nothing was published meanwhile. */
  readonly unlinkedForMs?: number | undefined;
}

export const siteCertificateLink: Lifecycle<
  SiteCertificateLinkArgs,
  SiteCertificateLinkArgs,
  SiteCertificateLinkState
> = {
  kind: "SiteCertificateLink",
  args: SiteCertificateLinkArgs,
  inputKeys: Object.keys(SiteCertificateLinkArgs.shape),

  check(args): Checked {
    const failures: Failure[] = [];
    if (args.certificate === "given") {
      failures.push({
        property: "certificate",
        reason: "certificate and certificateId exclude each other: give one of them.",
      });
    } else if (args.certificateId === undefined) {
      failures.push({
        property: "certificate",
        reason: "certificate is missing: give a Certificate object, or certificateId.",
      });
    }
    return { failures, plan: plannedCreate(args) };
  },

  diff(state, inputs): Change {
    if (inputs.siteId === UNKNOWN || inputs.siteId !== state.siteId) {
      return { kind: "replace", fields: ["siteId"], order: "create-first", plan: plannedCreate(inputs) };
    }
    const wanted: Wanted = inputs.certificateId === UNKNOWN ? "new" : (inputs.certificateId ?? null);
    const steps = planLinkChange(rememberedNow(recall(state)), wanted, { activate: activation(inputs) });
    if (steps.length === 0) return { kind: "none" };
    const plan = withActivation(describeSteps(steps), state, inputs);
    const same = wanted !== "new" && wanted === state.certificateId;
    return same ? { kind: "resume", plan } : { kind: "update", fields: ["certificateId"], plan };
  },

  async create(inputs, ctx) {
    return { id: inputs.siteId, state: await converge(inputs, undefined, ctx) };
  },

  async read(_id, state, ctx) {
    const { siteId } = state;
    const links = await ctx.api.siteCertificates.list(siteId);
    const linked = links?.[0]?.certificateId;
    if (linked === undefined) return undefined;
    const targets = await activeTargets(siteId, linked, state, ctx);
    const base = { ...state, linkedCertificateId: linked, targets };
    return linked === state.certificateId ? base : { ...base, certificateId: linked, ...(await factsOf(linked, ctx)) };
  },

  update: (_id, state, inputs, ctx) => converge(inputs, state, ctx),

  async delete(_id, state, ctx) {
    const { siteId } = state;
    await ctx.sites.run(siteId, async () => {
      const links = await ctx.api.siteCertificates.list(siteId);
      if (links === undefined) return;
      const linked = links[0]?.certificateId ?? null;
      if (ctx.holders.heldByAnother(`link of ${siteId}`, ctx.urn)) {
        ctx.row.info(`the link of site ${siteId} was taken over by another resource of this run: left alone`);
        return;
      }
      if (linked !== null && linked !== recall(state).linkedCertificateId) {
        ctx.row.info(
          `site ${siteId} serves certificate ${linked} by now, which this resource did not link: left alone`,
        );
        return;
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
      await carryOut(options, ctx).catch((thrown: unknown) => {
        throw thrown instanceof CarryOutFailed ? thrown.reason : thrown;
      });
    });
  },
};

/** Create and update are the same work: carry out what is left, then report what is true. */
async function converge(
  inputs: SiteCertificateLinkArgs,
  state: SiteCertificateLinkState | undefined,
  ctx: Context,
): Promise<SiteCertificateLinkState> {
  const { siteId, certificateId } = inputs;
  if (certificateId === undefined) throw new Error("a link without a certificate passed check");
  ctx.holders.hold(`link of ${siteId}`, ctx.urn);
  return ctx.sites.run(siteId, async () => {
    try {
      const progress = await carryOut(
        {
          siteId,
          wanted: certificateId,
          remembered: state === undefined ? undefined : recall(state),
          timeoutMs: timeoutOf(inputs, state === undefined ? "create" : "update", ctx),
          activate: activation(inputs),
          rollback: inputs.rollback ?? true,
          beforeActing: (now) => refuseForeign(now, inputs, state),
        },
        ctx,
      );
      ctx.row.info(describeOutcome(progress, state));
      return outcome(inputs, progress);
    } catch (thrown) {
      if (!(thrown instanceof CarryOutFailed)) throw thrown;
      if (!thrown.progress.touched) throw thrown.reason;
      // After a roll-back the old certificate is what the state tells, and the next preview shows what is still wanted.
      const told = thrown.progress.rolledBack && state !== undefined ? { ...inputs, ...certificateOf(state) } : inputs;
      throw new Unfinished(siteId, outcome(told, thrown.progress), thrown.reason);
    }
  });
}

function certificateOf({ certificateId, fingerprint, dnsNames, ipAddresses, notAfter }: SiteCertificateLinkState) {
  return { certificateId, fingerprint, dnsNames, ipAddresses, notAfter };
}

function outcome(inputs: SiteCertificateLinkArgs, progress: Progress): SiteCertificateLinkState {
  const { linkedCertificateId, targets, unlinkedForMs } = progress;
  const base: SiteCertificateLinkState = { ...inputs, linkedCertificateId, targets };
  return unlinkedForMs === undefined ? base : { ...base, unlinkedForMs };
}

/** Never unlink what the stack did not link, unless told. */
function refuseForeign(
  now: ObservedSite,
  inputs: SiteCertificateLinkArgs,
  state: SiteCertificateLinkState | undefined,
): void {
  const linked = now.linkedCertificateId;
  const own = [null, inputs.certificateId, state?.certificateId, state?.linkedCertificateId];
  if (own.includes(linked) || inputs.replaceExisting === true) return;
  throw new QwiltError({
    code: "QWILT_LINK_FOREIGN",
    what: `The site is linked to certificate ${linked}, which this stack did not link; nothing was changed.`,
    where: `site ${inputs.siteId}, wanted certificate ${inputs.certificateId}`,
    todo: "find out who linked it; to replace it, set replaceExisting: true on the link and run `pulumi up` again",
  });
}

function recall(state: SiteCertificateLinkState) {
  return { linkedCertificateId: state.linkedCertificateId ?? null, targets: state.targets ?? {} };
}

function activation(inputs: { readonly activate?: unknown }): "now" | "next-publish" {
  return inputs.activate === "next-publish" ? "next-publish" : "now";
}

function plannedCreate(inputs: MaybeUnknown<SiteCertificateLinkArgs>): string {
  const wanted = typeof inputs.certificateId === "number" ? String(inputs.certificateId) : "the new certificate";
  return activation(inputs) === "now"
    ? `link ${wanted} -> republish where the site is in production`
    : `link ${wanted}; the next publish activates it`;
}

/** A site that was not in production when last seen may be by now: nothing is promised that a look could refute. */
function withActivation(
  plan: string,
  state: SiteCertificateLinkState,
  inputs: MaybeUnknown<SiteCertificateLinkArgs>,
): string {
  if (activation(inputs) === "next-publish") return `${plan}; the next publish activates it`;
  const seen = Object.keys(recall(state).targets).length > 0;
  return seen ? plan : `${plan} -> republish ga (if the site is in production by then)`;
}

function describeOutcome(progress: Progress, state: SiteCertificateLinkState | undefined): string {
  const before = state?.linkedCertificateId ?? undefined;
  const was = before === undefined || before === progress.linkedCertificateId ? "" : `, was ${before}`;
  const gap = progress.unlinkedForMs === undefined ? "" : `; nothing linked for ${progress.unlinkedForMs} ms`;
  const targets = Object.keys(progress.targets);
  const active = targets.length === 0 ? "; the first publish activates it" : `; active on ${targets.join(", ")}`;
  return `linked ${progress.linkedCertificateId}${was}${gap}${active}`;
}

/** Which publish is active where, from lists that a refresh of many sites shares. */
async function activeTargets(
  siteId: string,
  linked: number,
  state: SiteCertificateLinkState,
  ctx: Context,
): Promise<RememberedTargets> {
  const staging = recall(state).targets.staging !== undefined;
  const lists = await Promise.all([
    ctx.api.sites.listShared({ publishTarget: "ga" }),
    ...(staging ? [ctx.api.sites.listShared({ publishTarget: "staging" })] : []),
  ]);
  const operations = lists.flatMap((list) => {
    const found = list.find((one) => one.siteId === siteId)?.activeAndLastPublishingOperation;
    return found?.active === undefined ? [] : [found.active];
  });
  return readSite(linked, operations, recall(state)).active;
}

async function factsOf(certificateId: number, ctx: Context) {
  const found = (await ctx.api.certificates.listShared()).find((one) => one.certId === certificateId);
  if (found?.certificate === undefined) return { fingerprint: "", dnsNames: [], ipAddresses: [], notAfter: "" };
  const { fingerprint, dnsNames, ipAddresses, notAfter } = certificateFacts(found.certificate);
  return { fingerprint, dnsNames, ipAddresses, notAfter };
}

function timeoutOf(inputs: SiteCertificateLinkArgs, verb: "create" | "update" | "delete", ctx: Context): number {
  const minutes = inputs.timeouts?.[verb];
  return minutes === undefined ? ctx.config.publishTimeoutMs : minutes * 60_000;
}
