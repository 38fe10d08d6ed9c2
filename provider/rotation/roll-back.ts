/** Rolls a site back to the previous certificate if the wanted one could not be brought to the edge. */
import { isCallError } from "../api/http/api-error.ts";
import type { RolledBackEdge, UnusableReason } from "../core/errors/notes.ts";
import { QwiltError, quote, withNote } from "../core/errors/qwilt-error.ts";
import {
  isRejectedBeforeStart,
  linkForeign,
  linkRefused,
  publishFailed,
  publishTimedOut,
  rollbackFailed,
} from "../core/errors/rotation-errors.ts";
import { cancelStuck } from "../publishing/cancel-stuck.ts";
import type { Context } from "../run/lifecycle.ts";
import { TARGETS } from "../site/target.ts";
import { certificateFacts } from "../x509/facts.ts";
import { FindingError } from "../x509/finding.ts";
import { newProgress, type Progress } from "./progress.ts";
import { type ReconcileOptions, reconcile } from "./reconcile.ts";

/** Neither the wanted nor the old certificate is linked: somebody else has linked another one. */
class TakenOver extends Error {
  readonly linked: number;
  constructor(linked: number) {
    super(`certificate ${linked} is linked`);
    this.linked = linked;
  }
}

/** @returns the reason, with the outcome of the roll-back */
export async function rollBack(
  options: ReconcileOptions,
  thrown: unknown,
  progress: Progress,
  ctx: Context,
): Promise<unknown> {
  const reason = thrown instanceof QwiltError ? thrown : undefined;
  const old = progress.goBackTo;
  if (reason === undefined || !progress.touched || progress.linkedCertificateId === old) return thrown;
  // Somebody else links this site: rolling back would remove their certificate.
  if (linkForeign.is(reason)) return thrown;
  if (old === null || old === undefined || old === options.wanted) {
    return withNote(reason, { kind: "no-previous-certificate" });
  }
  const cancelled = await endStuckPublish(options.siteId, reason, progress, ctx);
  const unusable = progress.linkedCertificateId === options.wanted ? await unusableReason(old, ctx) : undefined;
  if (unusable !== undefined) {
    const about = { certificateId: old, reason: unusable, linkedCertificateId: options.wanted };
    return withNote(reason, { kind: "previous-unusable", ...about });
  }
  ctx.row.status(`rolling back to certificate ${old}`);
  // Until the first observation, what was reached is all that is known.
  const back: Progress = {
    ...newProgress(),
    linkedCertificateId: progress.linkedCertificateId,
    targets: { ...progress.targets },
  };
  try {
    await reconcile(
      {
        siteId: options.siteId,
        wanted: old,
        remembered: { linkedCertificateId: null, targets: uncertain(progress, reason) },
        timeoutMs: options.timeoutMs,
        ...(options.serves === undefined ? {} : { serves: options.serves }),
        // While a publish hangs, another would only be rejected: the links are corrected, and the next run does the
        // rest.
        activate: cancelled ? options.activate : "next-publish",
        revisions: progress.goBackRevisions,
        beforeActing: ({ linkedCertificateId: linked }) => {
          if (linked !== null && linked !== old && linked !== options.wanted) throw new TakenOver(linked);
        },
      },
      back,
      ctx,
    );
  } catch (failure) {
    Object.assign(progress, {
      linkedCertificateId: back.linkedCertificateId,
      targets: back.targets,
      asked: back.asked ?? progress.asked,
    });
    await endStuckPublish(options.siteId, failure, back, ctx);
    if (failure instanceof TakenOver) {
      return withNote(reason, { kind: "linked-by-others", certificateId: failure.linked });
    }
    return rollbackFailed(
      {
        siteId: options.siteId,
        previousCertificateId: old,
        linkedCertificateId: back.linkedCertificateId,
        rotation: { ...quote(reason), where: reason.where },
        rollBack: quote(failure),
      },
      { cause: failure },
    );
  }
  Object.assign(progress, { linkedCertificateId: old, targets: back.targets, rolledBack: true });
  progress.publishes += back.publishes;
  const edge: RolledBackEdge = back.publishes > 0 ? changedEdge(options, progress) : { kind: "unchanged" };
  return withNote(reason, {
    kind: "rolled-back",
    certificateId: old,
    edge: cancelled ? edge : { kind: "publish-in-progress" },
  });
}

/**
 * Why the wanted certificate should stay linked although its publish failed: rolling back to a deleted one would leave
 * nothing linked, and an expired one helps nobody. A failed read counts for neither.
 */
async function unusableReason(certificateId: number, ctx: Context): Promise<UnusableReason | undefined> {
  try {
    const found = await ctx.api.certificates.get(certificateId, { detailed: true });
    if (found === undefined) return { kind: "missing" };
    if (found.status === "REVOKED") return { kind: "revoked" };
    const { notAfter } = certificateFacts(found.certificate ?? "");
    // The clock of this machine may be wrong; what Qwilt reports as expired is expired.
    const isExpired = found.status === "EXPIRED" || Date.parse(notAfter) < ctx.clock.now();
    return isExpired ? { kind: "expired", notAfter } : undefined;
  } catch (thrown) {
    if (isCallError(thrown) || thrown instanceof FindingError) return undefined;
    throw thrown;
  }
}

/** What the roll-back published: the previous revision, if another one had been published. */
function changedEdge({ revisions }: ReconcileOptions, { targets, goBackRevisions }: Progress): RolledBackEdge {
  const live = TARGETS.filter((target) => targets[target] !== undefined);
  const returned = live.flatMap((target) => {
    const revisionId = goBackRevisions[target] ?? undefined;
    return revisionId === undefined || revisionId === revisions?.[target] ? [] : [{ target, revisionId }];
  });
  if (returned.length === 0) return { kind: "republished", targets: live };
  const earlier = [...new Set(returned.map(({ revisionId }) => revisionId))];
  const byRevision = earlier.map((revisionId) => ({
    revisionId,
    targets: returned.filter((one) => one.revisionId === revisionId).map(({ target }) => target),
  }));
  return { kind: "previous-revisions", revisions: byRevision };
}

/**
 * A publish that was rejected, or whose validation or initiation was, changed nothing on the CDN; any other failure may
 * have.
 */
function uncertain(progress: Progress, reason: QwiltError): Progress["targets"] {
  const { asked } = progress;
  if (asked === undefined || linkRefused.is(reason)) return progress.targets;
  if (asked.publishId === undefined && !progress.publishLost) return progress.targets;
  const clean = publishFailed.is(reason) && isRejectedBeforeStart(reason.details);
  const before = progress.targets[asked.target];
  if (clean || before === undefined) return progress.targets;
  return { ...progress.targets, [asked.target]: { ...before, certificateId: "unknown" } };
}

/** @returns false if a publish still hangs after it was canceled */
async function endStuckPublish(siteId: string, reason: unknown, progress: Progress, ctx: Context): Promise<boolean> {
  const stuck = progress.asked?.publishId;
  return !publishTimedOut.is(reason) || stuck === undefined || (await cancelStuck(siteId, stuck, ctx));
}
