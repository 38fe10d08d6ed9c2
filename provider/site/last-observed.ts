/** What a link's state remembers of its site, and how a new observation is interpreted with it. Pure. */
import { type SiteNow, TARGETS, type Target, type TargetNow } from "./target.ts";

/** The last publish of a target that this resource followed until it ended. */
export interface RememberedTarget {
  readonly publishId: string;
  readonly publishStatus: string;
  /** ISO 8601 UTC. */
  readonly activatedAt: string;
  /** The certificate that it activated; "unknown" if an earlier publish was only found, not followed. */
  readonly certificateId: number | null | "unknown";
  /** Revision that it published: what a roll-back returns to if the run that publishes another one dies. */
  readonly revisionId?: string | undefined;
  /**
   * True: nobody followed the publish, but our certificate was linked before and after it. A handshake may refute it.
   */
  readonly inferred?: boolean;
}

/** The same, without the mark that it was inferred. */
export function withoutInferred({ inferred: _, ...known }: RememberedTarget): RememberedTarget {
  return known;
}

export type RememberedTargets = { readonly [target in Target]?: RememberedTarget | undefined };

/** A publish of ours that was in progress when the run ended: interrupted, or timed out. */
export interface PendingPublish {
  readonly target: Target;
  readonly publishId: string;
  /** The certificate that it activates. */
  readonly certificateId: number | null;
}

export interface RememberedSite {
  readonly linkedCertificateId: number | null;
  readonly targets: RememberedTargets;
  readonly pending?: PendingPublish | undefined;
}

/** The site as the state has it: what diff plans from, without a call. */
export function rememberedNow(remembered: RememberedSite): SiteNow {
  const targets = TARGETS.flatMap((target): TargetNow[] => {
    const last = remembered.targets[target];
    if (last === undefined) return [];
    const { certificateId: served, revisionId } = last;
    return [{ target, inProduction: true, served, ...(revisionId === undefined ? {} : { revisionId }) }];
  });
  return { linkedCertificateId: remembered.linkedCertificateId, targets };
}

export interface Served {
  readonly certificateId: number | null | "unknown";
  readonly inferred: boolean;
}

/**
 * The API shows which publish is active, not which certificate it activated (docs/qwilt-api.md 4.7). It is known if the
 * active publish is the one we followed; it is inferred if our certificate stayed linked and somebody has published
 * since.
 */
export function servedBy(
  activePublishId: string,
  linkedNow: number | null,
  remembered: RememberedSite | undefined,
  target: Target,
): Served {
  const last = remembered?.targets[target];
  if (last?.publishId === activePublishId) {
    return { certificateId: last.certificateId, inferred: last.inferred ?? false };
  }
  const pending = remembered?.pending;
  if (pending?.publishId === activePublishId) return { certificateId: pending.certificateId, inferred: false };
  const stayed = linkedNow !== null && remembered?.linkedCertificateId === linkedNow;
  return stayed ? { certificateId: linkedNow, inferred: true } : { certificateId: "unknown", inferred: false };
}
