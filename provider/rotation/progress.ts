/** What a run knows about a site, updated step by step so that a failure can report it. */

import { type RememberedTarget, withoutInferred } from "../site/last-observed.ts";
import type { ObservedSite } from "../site/observe.ts";
import type { Target } from "../site/target.ts";
import type { Revisions } from "./plan.ts";

/** Publishes that activated what we had linked, though this run did not follow them until they ended. */
export interface Attribution {
  readonly target: Target;
  readonly publishIds: ReadonlySet<string>;
  /** "unknown": somebody changed the link meanwhile. */
  readonly certificateId: number | null | "unknown";
}

/** A publish that was requested: of the operations not in `seen`, the newest is it, or came after it. */
export interface AskedPublish {
  readonly target: Target;
  /** Operations that existed before. */
  readonly seen: ReadonlySet<string>;
  readonly certificateId: number | null;
  /** undefined: its response was lost. */
  readonly publishId: string | undefined;
}

export interface Progress {
  linkedCertificateId: number | null;
  targets: { [target in Target]?: RememberedTarget | undefined };
  /** Certificate that was linked before; null: none. */
  goBackTo: number | null | undefined;
  /** Revision that each target had before, if another one is published together with the certificate. */
  goBackRevisions: Revisions;
  /** When the response to the unlink arrived, epoch milliseconds. */
  unlinkedAt: number | undefined;
  /** Milliseconds between the responses to unlink and link. */
  unlinkedForMs: number | undefined;
  publishes: number;
  /** A publish was requested, and it is not known whether it was created. */
  publishLost: boolean;
  /** True once something was changed at Qwilt, or may have been. */
  touched: boolean;
  /** True once the previous certificate was linked again. */
  rolledBack: boolean;
  /** True if somebody un-published our publish before we saw it end: nothing is known of the target. */
  takenDown: boolean;
  /** Our publish that is, or was last, in progress. */
  asked: AskedPublish | undefined;
  attributions: Attribution[];
}

export function newProgress(): Progress {
  return {
    linkedCertificateId: null,
    targets: {},
    goBackTo: undefined,
    goBackRevisions: {},
    unlinkedAt: undefined,
    unlinkedForMs: undefined,
    publishes: 0,
    publishLost: false,
    touched: false,
    rolledBack: false,
    takenDown: false,
    asked: undefined,
    attributions: [],
  };
}

/** Interprets an observation, given publishes whose response was lost or that superseded ours. */
export function applyAttributions(now: ObservedSite, attributions: readonly Attribution[]): ObservedSite {
  const active = { ...now.active };
  const targets = now.targets.map((one) => {
    const live = now.active[one.target];
    const known = attributions.findLast(
      (each) => each.target === one.target && live !== undefined && each.publishIds.has(live.publishId),
    );
    if (live === undefined || known === undefined) return one;
    active[one.target] = { ...withoutInferred(live), certificateId: known.certificateId };
    return { ...one, served: known.certificateId };
  });
  return { ...now, targets, active };
}
