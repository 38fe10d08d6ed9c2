/** Observes one site: two calls that every decision about live traffic is based on. */

import type { QwiltApi } from "../api/qwilt-api.ts";
import { unexpectedResponse } from "../core/errors/unexpected-response.ts";
import { hasEnded, type PublishingOperation } from "../wire/publishing-operation.ts";
import { type RememberedSite, type RememberedTarget, type RememberedTargets, servedBy } from "./last-observed.ts";
import { type RunningOperation, type SiteNow, TARGETS, type Target, type TargetNow } from "./target.ts";

export interface ObservedSite extends SiteNow {
  /** The active publish of each target in production, with what it serves as far as is known. */
  readonly active: RememberedTargets;
  /** Every operation the site had at this moment. */
  readonly publishIds: ReadonlySet<string>;
  /** Revision that is live on each target. */
  readonly revisions: { readonly [target in Target]?: string };
}

/** @returns undefined when the site does not exist */
export async function observeSite(
  siteId: string,
  remembered: RememberedSite | undefined,
  api: QwiltApi,
): Promise<ObservedSite | undefined> {
  const [links, operations] = await Promise.all([api.siteCertificates.list(siteId), api.publishing.list(siteId)]);
  if (links === undefined || operations === undefined) return undefined;
  const linkedCertificateId = links[0]?.certificateId ?? null;
  if (links.length > 1) {
    const certificateIds = links.map((link) => link.certificateId);
    throw unexpectedResponse({ reason: "several-links", siteId, certificateIds });
  }
  return readSite(linkedCertificateId, operations, remembered);
}

/** Pure: what a list of operations means for a site. */
export function readSite(
  linkedCertificateId: number | null,
  operations: readonly PublishingOperation[],
  remembered: RememberedSite | undefined,
): ObservedSite {
  const active: { [target in Target]?: RememberedTarget } = {};
  const revisions: { [target in Target]?: string } = {};
  const targets = TARGETS.map((target): TargetNow => {
    const mine = operations.filter((operation) => operation.target === target);
    const live = mine.find((operation) => operation.isActive === true && operation.operationType !== "Unpublish");
    const running = newest(mine.filter((operation) => !hasEnded(operation)));
    const known = live && servedBy(live.publishId, linkedCertificateId, remembered, target);
    const served = known === undefined ? null : known.certificateId;
    if (live !== undefined) {
      active[target] = {
        publishId: live.publishId,
        publishStatus: live.publishStatus,
        activatedAt: new Date(live.lastUpdateTimeMilli ?? live.creationTimeMilli ?? 0).toISOString(),
        certificateId: served,
        ...(live.revisionId === undefined ? {} : { revisionId: live.revisionId }),
        ...(known?.inferred === true ? { inferred: true } : {}),
      };
      if (live.revisionId !== undefined) revisions[target] = live.revisionId;
    }
    const revision = live?.revisionId === undefined ? {} : { revisionId: live.revisionId };
    const base = { target, inProduction: live !== undefined, served, ...revision };
    if (running === undefined) return base;
    return { ...base, running: runningOperation(running, remembered) };
  });
  const publishIds = new Set(operations.map((operation) => operation.publishId));
  return { linkedCertificateId, targets, active, publishIds, revisions };
}

function runningOperation(
  { publishId, username, creationTimeMilli, revisionId }: PublishingOperation,
  remembered: RememberedSite | undefined,
): RunningOperation {
  return {
    publishId,
    startedBy: username ?? "somebody",
    startedAt: creationTimeMilli ?? 0,
    ...(revisionId === undefined ? {} : { revisionId }),
    ...(publishId === remembered?.pending?.publishId ? { owner: "ours" } : {}),
  };
}

function newest(operations: readonly PublishingOperation[]): PublishingOperation | undefined {
  return [...operations].sort((a, b) => (b.creationTimeMilli ?? 0) - (a.creationTimeMilli ?? 0))[0];
}
