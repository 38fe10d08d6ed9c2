/** The proof that a link exports: which certificate the edge serves, since when, and how that was seen. */
import { isCallError } from "../../api/http/api-error.ts";
import { type Seen, servesAlready } from "../../rotation/verify-edge.ts";
import type { Context } from "../../run/lifecycle.ts";
import type { RememberedTarget } from "../../site/last-observed.ts";
import { observedHosts } from "../../site/site-facts.ts";
import type { Target } from "../../site/target.ts";
import { activation, type Proof, type SiteCertificateLinkState } from "./args.ts";

type State = SiteCertificateLinkState;
type Facts = Pick<State, "fingerprint" | "notAfter">;

export function proofOf(
  { siteId }: Pick<State, "siteId">,
  target: Target,
  { publishId, activatedAt }: Pick<RememberedTarget, "publishId" | "activatedAt">,
  { fingerprint = "", notAfter = "" }: Facts,
  seen: Seen,
): Proof {
  return { siteId, target, fingerprint, publishId, activatedAt, notAfter, seen };
}

/** Of a site that is live on the staging network alone. */
export async function withStagingProof(
  reached: State,
  facts: Facts,
  hosts: readonly string[],
  ctx: Context,
): Promise<State> {
  const live = reached.targets.staging;
  if (live === undefined || live.certificateId !== reached.certificateId) return reached;
  const seen = await lookAt(reached, "staging", facts, async () => hosts, ctx);
  return { ...reached, proof: proofOf(reached, "staging", live, facts, seen ?? "api") };
}

/**
 * The proof as a refresh finds it: kept while its certificate is served, gone when it is not, and made for a site that was
 * published after its link.
 */
export async function withObservedProof(state: State, ctx: Context): Promise<State> {
  const { proof: before, ...rest } = state;
  const target = state.targets.ga === undefined ? "staging" : "ga";
  const live = state.targets[target];
  // Where nothing is linked, a publish may have activated nothing.
  const isServed =
    live !== undefined && live.certificateId !== null && live.certificateId === state.linkedCertificateId;
  if (!isServed || activation(state) !== "now") return rest;
  // The state of a link by a bare id has no fingerprint of its own. It has one, maybe "", once the certificate changed.
  const fingerprint = state.fingerprint ?? before?.fingerprint;
  if (!fingerprint) return rest;
  const isKnown = before?.fingerprint === fingerprint && before.target === target;
  // Where nobody said where the edge is, it was not reached before, and each refresh would wait for it in vain.
  if (isKnown && (before.seen === "handshake" || ctx.config.edgeAddress === undefined)) return state;
  const facts = { fingerprint, notAfter: state.notAfter ?? before?.notAfter };
  const seen = await lookAt(state, target, facts, () => hostsOf(state, target, live, ctx), ctx);
  // The edge shows something else than the API: nothing is proven.
  if (seen === undefined && target === "ga") return rest;
  if (isKnown) return { ...rest, proof: { ...before, seen: seen ?? "api" } };
  return { ...rest, proof: proofOf(state, target, live, facts, seen ?? "api") };
}

/** Of the revision that is live: an earlier one may have had fewer. None if they cannot be read: nothing is shown then. */
async function hostsOf(
  { siteId, hosts: declared = [], observedHosts: known }: State,
  target: Target,
  { revisionId }: RememberedTarget,
  ctx: Context,
): Promise<readonly string[]> {
  if (revisionId === undefined) return known?.hosts ?? declared;
  try {
    return (await observedHosts(siteId, { revisions: { [target]: revisionId } }, known, ctx))?.hosts ?? declared;
  } catch (thrown) {
    if (!isCallError(thrown)) throw thrown;
    return [];
  }
}

/**
 * One look at the edge, which promises nothing. undefined: it serves something else. Only production has a name that its
 * clients resolve; an address that is configured may be of the other network.
 */
async function lookAt(
  { siteId, delegationTarget }: State,
  target: Target,
  { fingerprint = "" }: Facts,
  hosts: () => Promise<readonly string[]>,
  ctx: Context,
): Promise<Seen | undefined> {
  const address = ctx.config.edgeAddress ?? (target === "ga" ? delegationTarget : undefined);
  if (address === undefined || ctx.config.edgeProbe === "off") return "api";
  const answer = await servesAlready({ siteId, hosts: await hosts(), fingerprint, address }, ctx);
  if (answer === "no") return undefined;
  return answer === "yes" ? "handshake" : "api";
}
