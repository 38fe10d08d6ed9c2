/** Brings one site to the wanted certificate, or back to the earlier one, and tells what happened. */
import { isFailedRead } from "../api/http/api-error.ts";
import { interrupted } from "../core/errors/no-response-errors.ts";
import { siteMissing } from "../core/errors/object-errors.ts";
import type { Context } from "../run/lifecycle.ts";
import { newProgress, type Progress } from "./progress.ts";
import { type ReconcileOptions, reconcile } from "./reconcile.ts";
import { rollBack } from "./roll-back.ts";

export interface RotationOptions extends ReconcileOptions {
  /** Give the earlier certificate back when the wanted one cannot be brought to the edge. */
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
 * Nothing tells against the wanted certificate: it is linked and its publish goes on or is done, and we could not look;
 * or the site is gone, to which nothing can be given back.
 */
function isBlind(thrown: unknown, { wanted }: ReconcileOptions, progress: Progress): boolean {
  if (siteMissing.is(thrown)) return true;
  return isFailedRead(thrown) && progress.linkedCertificateId === wanted;
}
