/** Which publishes activated our link, after ours was lost or ended badly. */
import { isOutcomeUnknown } from "../api/http/api-error.ts";
import { publishFailed } from "../core/errors/rotation-errors.ts";
import type { Context } from "../run/lifecycle.ts";
import { type PublishingOperation, publishPhase } from "../wire/publishing-operation.ts";
import type { AskedPublish, Attribution, Progress } from "./progress.ts";

/**
 * undefined: there is none, and the error stands.
 *
 * - The response to our publish was lost: the newest publish that did not exist before is ours, or came after it.
 * - Ours was superseded: a later one, requested after our link, took over and has not itself failed.
 */
export async function findCarryingPublishes(
  thrown: unknown,
  siteId: string,
  progress: Progress,
  ctx: Context,
): Promise<Attribution | undefined> {
  const { asked } = progress;
  if (asked === undefined) return undefined;
  const lost = asked.publishId === undefined && isOutcomeUnknown(thrown);
  const failed = asked.publishId !== undefined && publishFailed.is(thrown);
  if (!lost && !failed) return undefined;
  const [operations = [], links = []] = await Promise.all([
    ctx.api.publishing.list(siteId),
    ctx.api.siteCertificates.list(siteId),
  ]);
  const carriers = lost ? newestOf(asked, operations) : laterThan(asked, operations);
  const [first] = carriers;
  if (first === undefined) return undefined;
  if (failed) {
    const by = first.username ?? "somebody";
    ctx.row.info(`the publish of ${asked.target} was superseded by ${first.publishId}, started by ${by}`);
  }
  const { target } = asked;
  const certificateId = (links[0]?.certificateId ?? null) === asked.certificateId ? asked.certificateId : "unknown";
  return { target, certificateId, publishIds: new Set(carriers.map(({ publishId }) => publishId)) };
}

function newestOf(asked: AskedPublish, operations: readonly PublishingOperation[]): readonly PublishingOperation[] {
  const unseen = operations.filter(
    ({ target, publishId, operationType }) =>
      target === asked.target && operationType !== "Unpublish" && !asked.seen.has(publishId),
  );
  return [...unseen].sort((a, b) => madeAt(b) - madeAt(a)).slice(0, 1);
}

function laterThan(asked: AskedPublish, operations: readonly PublishingOperation[]): readonly PublishingOperation[] {
  const ours = operations.find(({ publishId }) => publishId === asked.publishId);
  if (ours === undefined) return [];
  return operations.filter(
    (operation) =>
      operation.target === asked.target &&
      operation.operationType !== "Unpublish" &&
      !asked.seen.has(operation.publishId) &&
      madeAt(operation) > madeAt(ours) &&
      publishPhase(operation) !== "failed",
  );
}

function madeAt(operation: PublishingOperation): number {
  return operation.creationTimeMilli ?? 0;
}
