/** Gives the earlier certificate back to a site when the wanted one could not be brought to the edge. */
import { ApiError } from "../api/http/api-error.ts";
import { QwiltError } from "../core/errors.ts";
import { cancelStuck, isTimedOut } from "../publishing/cancel-stuck.ts";
import type { Context } from "../run/lifecycle.ts";
import { TARGETS } from "../site/target.ts";
import { certificateFacts } from "../x509/facts.ts";
import { FindingError } from "../x509/finding.ts";
import { newProgress, type Progress } from "./progress.ts";
import { type ReconcileOptions, reconcile } from "./reconcile.ts";

/** Another certificate than the wanted and the old one is linked: the site has somebody else's by now. */
class TakenOver extends Error {
  readonly linked: number;
  constructor(linked: number) {
    super(`certificate ${linked} is linked`);
    this.linked = linked;
  }
}

/** @returns the reason, with the outcome of going back */
export async function rollBack(
  options: ReconcileOptions,
  thrown: unknown,
  progress: Progress,
  ctx: Context,
): Promise<unknown> {
  const reason = thrown instanceof QwiltError ? thrown : undefined;
  const old = progress.goBackTo;
  if (reason === undefined || !progress.touched || progress.linkedCertificateId === old) return thrown;
  // Somebody else links this site: giving the old certificate back would take theirs away.
  if (reason.code === "QWILT_LINK_FOREIGN") return thrown;
  if (old === null || old === undefined || old === options.wanted) {
    return told(reason, "There was no certificate before, so there is nothing to go back to.");
  }
  const cancelled = await endStuckPublish(options.siteId, reason, progress, ctx);
  const unusable = progress.linkedCertificateId === options.wanted ? await whyUnusable(old, ctx) : undefined;
  if (unusable !== undefined) {
    const stays = `certificate ${options.wanted} stays linked, and the next publish activates it`;
    return told(reason, `Certificate ${old} ${unusable}, so it was not given back: ${stays}.`);
  }
  ctx.row.status(`rolling back to certificate ${old}`);
  // Until the first look what was reached is all that is known.
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
        // While a publish hangs, another would only be refused: the links are put right, the next run does the rest.
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
      return told(reason, `Somebody else linked certificate ${failure.linked} meanwhile, which was left alone.`);
    }
    return new QwiltError({
      code: "QWILT_ROLLBACK_FAILED",
      what: `${reason.what} Going back to certificate ${old} failed as well: ${failure instanceof QwiltError ? failure.what : String(failure)} ${leftAs(back)}`,
      where: reason.where ?? `site ${options.siteId}`,
      todo: `run \`pulumi up\` again; if it fails, link certificate ${old} in Qwilt's console and republish`,
      cause: failure,
    });
  }
  Object.assign(progress, { linkedCertificateId: old, targets: back.targets, rolledBack: true });
  progress.publishes += back.publishes;
  const edge = back.publishes > 0 ? describeBack(options, progress) : "; the edge never stopped serving it";
  return told(
    reason,
    cancelled
      ? `Certificate ${old} is linked again${edge}.`
      : `Certificate ${old} is linked again, but the publish still hangs, so nothing was republished.`,
  );
}

/**
 * Why the wanted certificate, though its publish failed, is the better one to have linked: giving back one that is gone
 * would leave nothing linked, and an expired one is of no use to anybody. A look that fails says nothing.
 */
async function whyUnusable(certificateId: number, ctx: Context): Promise<string | undefined> {
  try {
    const found = await ctx.api.certificates.get(certificateId, { detailed: true });
    if (found === undefined) return "is gone from the pool";
    if (found.status === "REVOKED") return "was revoked";
    const { notAfter } = certificateFacts(found.certificate ?? "");
    // The clock of this machine may be wrong; what Qwilt calls expired is expired.
    return found.status === "EXPIRED" || Date.parse(notAfter) < ctx.clock.now() ? `expired on ${notAfter}` : undefined;
  } catch (thrown) {
    if (thrown instanceof ApiError || thrown instanceof FindingError) return undefined;
    throw thrown;
  }
}

/** What was published on the way back: the revision of before where another one had been brought along. */
function describeBack({ revisions }: ReconcileOptions, { targets, goBackRevisions }: Progress): string {
  const live = TARGETS.filter((target) => targets[target] !== undefined);
  const returned = live.filter((target) => (goBackRevisions[target] ?? revisions?.[target]) !== revisions?.[target]);
  if (returned.length === 0) return ` and republished (${live.join(", ")})`;
  const earlier = [...new Set(returned.map((target) => goBackRevisions[target]))];
  const published = earlier.map((revision) => {
    const targets = returned.filter((target) => goBackRevisions[target] === revision);
    return `revision ${revision} is live again (${targets.join(", ")})`;
  });
  return `, and ${published.join(", ")}`;
}

function leftAs({ linkedCertificateId: linked }: Progress): string {
  return linked === null
    ? "Nothing is linked now; the edge goes on serving what was published last, as long as nobody publishes."
    : `Certificate ${linked} is linked now.`;
}

function told(reason: QwiltError, outcome: string): QwiltError {
  return new QwiltError({
    code: reason.code,
    what: `${reason.what} ${outcome}`,
    ...(reason.where === undefined ? {} : { where: reason.where }),
    todo: reason.todo,
    cause: reason,
  });
}

/** A publish that was refused, or whose validation or initiation was, changed nothing on the CDN; any other bad end may have. */
function uncertain(progress: Progress, reason: QwiltError): Progress["targets"] {
  const { asked } = progress;
  if (asked === undefined || reason.code === "QWILT_LINK_REFUSED") return progress.targets;
  if (asked.publishId === undefined && !progress.publishLost) return progress.targets;
  const clean = reason.code === "QWILT_PUBLISH_FAILED" && /ended (Invalid|Dismissed)/.test(reason.what);
  const before = progress.targets[asked.target];
  if (clean || before === undefined) return progress.targets;
  return { ...progress.targets, [asked.target]: { ...before, certificateId: "unknown" } };
}

/** @returns false when a publish still hangs after it was cancelled */
async function endStuckPublish(siteId: string, reason: unknown, progress: Progress, ctx: Context): Promise<boolean> {
  const stuck = progress.asked?.publishId;
  return !isTimedOut(reason) || stuck === undefined || (await cancelStuck(siteId, stuck, ctx));
}
