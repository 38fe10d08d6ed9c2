/** Moves one site to the wanted certificate, or back to the previous one, and reports what happened. */
import { isFailedRead } from "../api/http/api-error.ts";
import { interrupted } from "../core/errors/no-response-errors.ts";
import { siteMissing } from "../core/errors/object-errors.ts";
import type { Context } from "../run/lifecycle.ts";
import { newProgress, type Progress } from "./progress.ts";
import { type ReconcileOptions, reconcile } from "./reconcile.ts";
import { rollBack } from "./roll-back.ts";

export interface RotationOptions extends ReconcileOptions {
  /** Roll back to the previous certificate if the wanted one cannot be brought to the edge. */
  readonly rollback: boolean;
}

export class RotationFailed extends Error {
  readonly progress: Progress;
  readonly reason: Error;
  constructor(progress: Progress, reason: Error) {
    super(reason.message, { cause: reason });
    this.progress = progress;
    this.reason = reason;
  }
}

/** @throws RotationFailed with the progress made */
export async function reconcileOrRollBack(options: RotationOptions, ctx: Context): Promise<Progress> {
  const progress = newProgress();
  try {
    await reconcile(options, progress, ctx);
    return progress;
  } catch (thrown) {
    const back = options.rollback && !interrupted.is(thrown) && !isBlind(thrown, options, progress);
    const final = back ? await rollBack(options, thrown, progress, ctx) : thrown;
    throw new RotationFailed(progress, final instanceof Error ? final : new Error(String(final)));
  }
}

/**
 * There is no reason to roll back: the wanted certificate is linked and its publish is running or done, but it
 * could not be read; or the site was deleted, so that nothing can be rolled back.
 */
function isBlind(thrown: unknown, { wanted }: ReconcileOptions, progress: Progress): boolean {
  if (siteMissing.is(thrown)) return true;
  return isFailedRead(thrown) && progress.linkedCertificateId === wanted;
}
