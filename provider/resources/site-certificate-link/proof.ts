/** The proof that a link exports: which certificate the edge serves, since when, and how that was seen. */
import { type Seen, servesAlready } from "../../rotation/verify-edge.ts";
import type { Context } from "../../run/lifecycle.ts";
import type { RememberedTarget } from "../../site/last-observed.ts";
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
  const seen = await lookAt(reached.siteId, "staging", facts, hosts, reached.delegationTarget, ctx);
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
  const isServed = live !== undefined && live.certificateId === state.linkedCertificateId;
  if (!isServed || !state.fingerprint || activation(state) !== "now") return rest;
  const isKnown = before?.fingerprint === state.fingerprint && before.target === target;
  // Where nobody said where the edge is, it was not reached before, and each refresh would wait for it in vain.
  if (isKnown && (before.seen === "handshake" || ctx.config.edgeAddress === undefined)) return state;
  const hosts = state.observedHosts?.hosts ?? state.hosts ?? [];
  const seen = await lookAt(state.siteId, target, state, hosts, state.delegationTarget, ctx);
  if (isKnown) return { ...rest, proof: seen === undefined ? before : { ...before, seen } };
  // The edge shows something else than the API: nothing is proven.
  if (seen === undefined && target === "ga") return rest;
  return { ...rest, proof: proofOf(state, target, live, state, seen ?? "api") };
}

/**
 * One look at the edge, which promises nothing. undefined: it serves something else. Only production has a name that its
 * clients resolve; an address that is configured may be of the other network.
 */
async function lookAt(
  siteId: string,
  target: Target,
  { fingerprint = "" }: Facts,
  hosts: readonly string[],
  delegationTarget: string | undefined,
  ctx: Context,
): Promise<Seen | undefined> {
  const address = ctx.config.edgeAddress ?? (target === "ga" ? delegationTarget : undefined);
  const answer = await servesAlready({ siteId, hosts, fingerprint, address }, ctx);
  if (answer === "no") return undefined;
  return answer === "yes" ? "handshake" : "api";
}
