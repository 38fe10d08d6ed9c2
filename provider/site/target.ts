/** Where a site can be live, and what is known of it there. */

/** Qwilt's two networks for a site (docs/qwilt-api.md 4.7). */
export const TARGETS = ["staging", "ga"] as const;
export type Target = (typeof TARGETS)[number];

export interface RunningOperation {
  readonly publishId: string;
  readonly startedBy: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Revision that it publishes. */
  readonly revisionId?: string;
  /** "ours": an earlier run of this resource started it, and did not see it end. */
  readonly owner?: "ours";
}

export interface TargetNow {
  readonly target: Target;
  readonly inProduction: boolean;
  /** Certificate that the edge serves there; null: none; "unknown": neither the API nor a state shows it. */
  readonly served: number | null | "unknown";
  /** Revision that is live there, if known. */
  readonly revisionId?: string;
  readonly running?: RunningOperation;
}

export interface SiteNow {
  readonly linkedCertificateId: number | null;
  readonly targets: readonly TargetNow[];
}
