/** Arguments and state of a SiteCertificateLink. */
import { z } from "zod";
import type { Revisions } from "../../rotation/plan.ts";
import type { Seen } from "../../rotation/verify-edge.ts";
import { type MaybeUnknown, UNKNOWN } from "../../run/lifecycle.ts";
import { carriedObject, certificateObject, linkedObject, publishObject } from "../../run/ownership.ts";
import type { PendingPublish, RememberedSite, RememberedTargets } from "../../site/last-observed.ts";
import type { RevisionHosts } from "../../site/site-facts.ts";
import { TARGETS, type Target } from "../../site/target.ts";
import { Timeouts } from "../timeouts.ts";

const CertificateId = z.union([
  z.int().positive(),
  z.string().regex(/^\d+$/, "must be a certificate id, a number").transform(Number),
]);

const TemplateId = z.union([
  z.int().positive(),
  z.string().regex(/^\d+$/, "must be a template id, a number").transform(Number),
]);

const RevisionId = z.string().min(1);

/** What another stack must have shown before this one makes another certificate live. */
export const Requires = z.strictObject({
  // Judged as a whole, so that what is wrong with it is one finding.
  /** Output `proof` of the link in the other stack. */
  proof: z.unknown().optional(),
  /** How long the certificate must have been active there, in minutes. Default 0. */
  minAgeMinutes: z.number().min(0).optional(),
  /** How the proof must have been verified. Default: either way. */
  seenBy: z.enum(["api", "handshake"]).optional(),
  /** Name of the other stack, for messages. */
  stack: z.string().min(1).optional(),
});
export type Requires = z.infer<typeof Requires>;

/** One revision for each target; an omitted target keeps its revision. */
const RevisionOfTarget = z.strictObject({
  /** Revision for the staging network. */
  staging: RevisionId.optional(),
  /** Revision for production. */
  ga: RevisionId.optional(),
});

export const SiteCertificateLinkArgs = z.strictObject({
  /** Site that serves the certificate. Changing it replaces the link. */
  siteId: z.string().min(1),
  /** Certificate to serve. Changing it relinks the site in place, without interruption. */
  certificateId: CertificateId.optional(),
  /** Template whose newest usable certificate is served; renewals by Qwilt are not drift. Changes in place. */
  certificateTemplateId: TemplateId.optional(),
  /**
   * Set by the class: "issuance" when the certificate comes from one, "conflict" when two ways exclude each other, "other"
   * when it is neither a Certificate nor a CertificateIssuance.
   */
  certificate: z.enum(["issuance", "conflict", "other"]).optional(),
  /** Facts of the certificate; the class takes them from a certificate object. */
  fingerprint: z.string().optional(),
  dnsNames: z.array(z.string()).readonly().optional(),
  ipAddresses: z.array(z.string()).readonly().optional(),
  notAfter: z.string().optional(),
  /** Secured host names to check for coverage. Default: read from the site's configuration during the operation. */
  hosts: z.array(z.string().min(1)).readonly().optional(),
  /**
   * Revision to publish together with a changed certificate, in one publish, instead of the active one: one for all
   * targets, or `{ staging, ga }`, where an omitted target keeps its revision. Changing it alone changes nothing: publishing a
   * revision alone is the task of the SitePublication, which should depend on the link. A target that is not live is not
   * published. A roll-back publishes the previous revision again; with `rollback: false` the new one stays. It is not used
   * with `activate: "next-publish"`. Default: the active revision is published again.
   */
  revisionId: z.union([RevisionId, RevisionOfTarget]).optional(),
  /** If the certificate does not cover a host: "require" (default) fails, "warn" warns, "off" ignores it. */
  coverage: z.enum(["require", "warn", "off"]).optional(),
  /**
   * "now" (default): publish every live target. "next-publish": the next publish by anyone activates the certificate; the
   * link publishes nothing, not even `revisionId`.
   */
  activate: z.enum(["now", "next-publish"]).optional(),
  /** Allow replacing a certificate that this stack did not link. Default false. */
  replaceExisting: z.boolean().optional(),
  /** Roll back to the previous certificate, and with `revisionId` to the previous revision, if a rotation fails. Default true. */
  rollback: z.boolean().optional(),
  /**
   * `{ proof, minAgeMinutes, seenBy, stack }`: another certificate is made live only when `proof`, the output of a link in
   * another stack, shows the same certificate active there, for at least `minAgeMinutes` (default 0), and not expired.
   * `seenBy: "handshake"` refuses a proof that only Qwilt's API confirmed; "api" (default) accepts both. `stack` is the
   * stack's name for messages. Preview refuses the change, without a call; what is live already stays. Default: no proof.
   */
  requires: Requires.optional(),
  /** Time limits in minutes; default: qwilt:publishTimeoutMs. Changing them changes nothing at Qwilt. */
  timeouts: Timeouts.optional(),
});
export type SiteCertificateLinkArgs = z.infer<typeof SiteCertificateLinkArgs>;

/** What the edge serves, and how it was verified: of production, or of staging while the site is live only there. */
export interface Proof {
  readonly siteId: string;
  readonly target: Target;
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
  readonly publishId: string;
  /** ISO 8601 UTC. */
  readonly activatedAt: string;
  /** ISO 8601 UTC. */
  readonly notAfter: string;
  /** "handshake": verified by a TLS handshake with every secured host. "api": reported by Qwilt's API; the edge was not reached or not probed. */
  readonly seen: Seen;
}

/** What the stack remembers: the last observation, never proof of what exists now. */
export interface SiteCertificateLinkState extends SiteCertificateLinkArgs {
  /** SHA-256 of the certificate, lower-case hex; undefined if only an id was given. */
  readonly fingerprint?: string | undefined;
  /** Expiry of the certificate, ISO 8601 UTC; undefined if only an id was given. */
  readonly notAfter?: string | undefined;
  /** Certificate that was linked when the site was last read. */
  readonly linkedCertificateId: number | null;
  /** Start of validity of a certificate by template, stored with `notAfter`; ISO 8601 UTC. */
  readonly notBefore?: string | undefined;
  /** The certificate that this stack linked last: without `replaceExisting` only this one is ever unlinked. */
  readonly ownCertificateId?: number | null | undefined;
  /** The linked certificate, if the stack itself uploaded it: still recognized after its resource was renamed. */
  readonly madeCertificateId?: number | undefined;
  /**
   * Per live target ("staging", "ga"), the last publish: `{ publishId, publishStatus, activatedAt, certificateId, revisionId }`.
   * `certificateId` is the certificate that the publish activated, "unknown" if it was not followed.
   */
  readonly targets: RememberedTargets;
  /** Our publish that was still running when the run ended: the next run continues with it. */
  readonly pendingPublish?: PendingPublish | undefined;
  /** Milliseconds without a linked certificate during the last change; nothing was published in that time. */
  readonly unlinkedForMs?: number | undefined;
  /** Secured hosts of the revision that was read last. */
  readonly observedHosts?: RevisionHosts | undefined;
  readonly delegationTarget?: string | undefined;
  /**
   * What the edge serves: `{ siteId, target, fingerprint, publishId, activatedAt, notAfter, seen }`. `target` is "ga", or
   * "staging" while the site is live only there; `seen` is "handshake" or "api". undefined while the site was not observed
   * to be live: after the first publication `pulumi up --refresh` observes it.
   */
  readonly proof?: Proof | undefined;
}

export function activation(inputs: { readonly activate?: unknown }): "now" | "next-publish" {
  return inputs.activate === "next-publish" ? "next-publish" : "now";
}

/** The revision for each target; null if it is not saved yet. undefined: the live revision stays. */
export function revisionsToPublish({ revisionId }: MaybeUnknown<Pick<SiteCertificateLinkArgs, "revisionId">>) {
  const both = (one: string | null): Revisions => ({ staging: one, ga: one });
  if (revisionId === UNKNOWN) return both(null);
  return typeof revisionId === "string" ? both(revisionId) : revisionId;
}

/** What a state proves: that the stack created a certificate, and what is known of the site's publishes. */
export function provenBy(state: SiteCertificateLinkState): string[] {
  const { siteId, madeCertificateId: made, linkedCertificateId: linked } = state;
  const publishes = TARGETS.flatMap((target) => {
    const live = state.targets?.[target];
    if (live === undefined) return [];
    const { publishId, certificateId: carried } = live;
    return [publishObject(publishId), ...(typeof carried === "number" ? [carriedObject(publishId, carried)] : [])];
  });
  return [
    ...(made === undefined ? [] : [certificateObject(made)]),
    ...(typeof linked === "number" ? [linkedObject(siteId, linked)] : []),
    ...publishes,
  ];
}

/** The remembered site of a state that may be partial or from an earlier release. */
export function recall(state: SiteCertificateLinkState): RememberedSite {
  const { linkedCertificateId, targets, pendingPublish: pending } = state;
  return { linkedCertificateId: linkedCertificateId ?? null, targets: targets ?? {}, pending };
}

export function ownCertificate(state: SiteCertificateLinkState): number | null {
  return state.ownCertificateId === undefined ? (state.linkedCertificateId ?? null) : state.ownCertificateId;
}
