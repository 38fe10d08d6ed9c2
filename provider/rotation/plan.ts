/**
 * The plan of a rotation. This is the only place that knows the order of steps; diff, update, the preview's line, the
 * table in docs/design.md and the tests use it. Source: docs/qwilt-api.md 6.3 and 4.6 rules 1 to 4.
 */
import { type RunningOperation, type SiteNow, TARGETS, type Target, type TargetNow } from "../site/target.ts";

/** null: nothing is to be linked. "new": a certificate whose id is not known before it is uploaded or issued. */
export type Wanted = number | null | "new";

export type LinkStep =
  | { readonly kind: "wait"; readonly target: Target; readonly operation: RunningOperation }
  | { readonly kind: "unlink"; readonly certificateId: number }
  | { readonly kind: "link"; readonly certificateId: number | "new" }
  /** Publishes the active revision again, which activates the linked certificate. */
  | { readonly kind: "republish"; readonly target: Target }
  /** Publishes another revision in place of the active one, which also activates the linked certificate. */
  | { readonly kind: "publish"; readonly target: Target; readonly revisionId: string | null };

/** A revision for each target; null: one whose id is not known before it is saved. */
export type Revisions = { readonly [target in Target]?: string | null | undefined };

export interface PlanOptions {
  /** "next-publish": links change, and the next publish by anyone activates them. */
  readonly activate: "now" | "next-publish";
  /** What goes live together with the certificate. A target without an entry keeps its revision. */
  readonly revisions?: Revisions | undefined;
}

/**
 * Steps from the current to the wanted state; empty if nothing differs. A running publish is waited for first, alone:
 * afterwards the caller observes and plans again. Never a publish between unlink and link, never two links, staging
 * before ga so that a rejection there costs no production traffic. A revision is published only together with a
 * certificate that is not served yet: publishing a revision alone is the task of the publication.
 */
export function planLinkChange(
  now: SiteNow,
  wanted: Wanted,
  options: PlanOptions = { activate: "now" },
): readonly LinkStep[] {
  const steps: LinkStep[] = [];
  const linked = now.linkedCertificateId;
  if (linked !== wanted && linked !== null) steps.push({ kind: "unlink", certificateId: linked });
  if (linked !== wanted && wanted !== null) steps.push({ kind: "link", certificateId: wanted });
  if (options.activate === "now") {
    for (const target of inOrder(now.targets)) {
      if (target.inProduction && target.served !== wanted) steps.push(publishStep(target, options.revisions));
    }
  }
  const running = inOrder(now.targets).find(
    (target) => target.running !== undefined && (steps.length > 0 || !target.inProduction),
  );
  if (running?.running !== undefined) return [{ kind: "wait", target: running.target, operation: running.running }];
  return steps;
}

function publishStep({ target, revisionId: live }: TargetNow, revisions: Revisions | undefined): LinkStep {
  const revisionId = revisions?.[target];
  if (revisionId === undefined || revisionId === live) return { kind: "republish", target };
  return { kind: "publish", target, revisionId };
}

/** The plan as text for the link's row. */
export function describeSteps(steps: readonly LinkStep[]): string {
  return steps.map(describeStep).join(" -> ");
}

function describeStep(step: LinkStep): string {
  switch (step.kind) {
    case "wait":
      return describeWait(step.target, step.operation);
    case "unlink":
      return `unlink ${step.certificateId}`;
    case "link":
      return `link ${step.certificateId === "new" ? "the new certificate" : step.certificateId}`;
    case "republish":
      return `republish ${step.target}`;
    case "publish":
      return `publish ${describeRevision(step.revisionId)} on ${step.target}`;
  }
}

/** An id that is not known yet belongs to a configuration that changes in the same run. */
export function describeRevision(revisionId: string | null): string {
  return revisionId === null ? "the new revision" : `revision ${revisionId}`;
}

function describeWait(target: Target, { startedBy, startedAt, owner }: RunningOperation): string {
  const since = new Date(startedAt).toISOString();
  if (owner === "ours") return `resume our own publish of ${target}, started at ${since}`;
  return `wait for the publish of ${target} that ${startedBy} started at ${since}`;
}

function inOrder(targets: readonly TargetNow[]): readonly TargetNow[] {
  return TARGETS.flatMap((name) => targets.filter((target) => target.target === name));
}
