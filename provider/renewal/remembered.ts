/** What a link's state remembers of its site, and how a fresh look is read in its light. Pure. */
import { type SiteNow, TARGETS, type Target, type TargetNow } from "./plan.ts";

/** The last publish of a target that this resource saw to the end. */
export interface RememberedTarget {
  readonly publishId: string;
  readonly publishStatus: string;
  /** ISO 8601 UTC. */
  readonly activatedAt: string;
  /** What it took to the edge; "unknown" when an earlier publish was only found, not followed. */
  readonly certificateId: number | null | "unknown";
}

export type RememberedTargets = { readonly [target in Target]?: RememberedTarget | undefined };

export interface RememberedSite {
  readonly linkedCertificateId: number | null;
  readonly targets: RememberedTargets;
}

/** The site as the state has it: what diff plans from, without a call. */
export function rememberedNow(remembered: RememberedSite): SiteNow {
  const targets = TARGETS.flatMap((target): TargetNow[] => {
    const last = remembered.targets[target];
    return last === undefined ? [] : [{ target, inProduction: true, served: last.certificateId }];
  });
  return { linkedCertificateId: remembered.linkedCertificateId, targets };
}

/**
 * The API tells which publish is active, not which certificate it took along (qwilt-api.md 4.7). It is known when the
 * active publish is the one we followed; it follows when our certificate stayed linked and somebody published since.
 */
export function servedBy(
  activePublishId: string,
  linkedNow: number | null,
  remembered: RememberedSite | undefined,
  target: Target,
): number | null | "unknown" {
  const last = remembered?.targets[target];
  if (last?.publishId === activePublishId) return last.certificateId;
  if (
    remembered !== undefined &&
    remembered.linkedCertificateId !== null &&
    remembered.linkedCertificateId === linkedNow
  ) {
    return linkedNow;
  }
  return "unknown";
}
