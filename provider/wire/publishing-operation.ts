/** PublishingOperation: one publish or un-publish of a site on one target (docs/qwilt-api.md 4.7, 5.2). */
import { z } from "zod";
import { canonicalWord, listOf, optionalFlag, optionalNumber, optionalText, textId, textList } from "./scalars.ts";

/** The CDN networks: production and staging (a test network, not an environment of the API). */
export const PUBLISH_TARGETS = ["ga", "staging"] as const;
export type PublishTarget = (typeof PUBLISH_TARGETS)[number];

/** `running`: the value still changes. `done`: ended with success. `failed`: ended without success. */
export type PublishPhase = "running" | "done" | "failed";

/** Outcome on the CDN. */
export const PUBLISH_STATUSES = {
  InProgress: "running",
  Success: "done",
  Failed: "failed",
  Aborted: "failed",
} as const satisfies Record<string, PublishPhase>;
export type PublishStatus = keyof typeof PUBLISH_STATUSES;

/** Validation and initiation only, not what happens on the caches. */
export const PUBLISH_ACCEPTANCE_STATUSES = {
  Pending: "running",
  Invalid: "failed",
  InProgress: "running",
  Dismissed: "failed",
  Aborted: "failed",
  Accepted: "done",
} as const satisfies Record<string, PublishPhase>;
export type PublishAcceptanceStatus = keyof typeof PUBLISH_ACCEPTANCE_STATUSES;

export const OPERATION_TYPES = ["Publish", "Unpublish"] as const;

const word = (known: readonly string[]) =>
  z
    .string()
    .nullish()
    .transform((value) => canonicalWord(known, value ?? ""));

export const PublishingOperation = z.object({
  publishId: textId,
  creationTimeMilli: optionalNumber,
  lastUpdateTimeMilli: optionalNumber,
  ownerOrgId: optionalText,
  revisionId: optionalText,
  /** `ga` or `staging`; other text is kept. */
  target: word(PUBLISH_TARGETS),
  username: optionalText,
  publishState: optionalText,
  /** A PublishStatus in its canonical spelling, or a text that this release does not know; "" when not sent. */
  publishStatus: word(Object.keys(PUBLISH_STATUSES)),
  /** A PublishAcceptanceStatus in its canonical spelling ("InProgress"), or unknown text; "" when not sent. */
  publishAcceptanceStatus: word(Object.keys(PUBLISH_ACCEPTANCE_STATUSES)),
  operationType: word(OPERATION_TYPES),
  statusLine: textList.catch([]),
  isActive: optionalFlag,
  /** Free JSON; null or undefined if there are none. */
  validatorsErrDetails: z.unknown().optional(),
});
export type PublishingOperation = z.infer<typeof PublishingOperation>;

export const PublishingOperationList = listOf(PublishingOperation);

/**
 * Phase of an operation, from both of its statuses. A failed acceptance is a failure whatever the outcome; an unknown
 * value is reported by name and never read as "still running".
 */
export function publishPhase(
  operation: Pick<PublishingOperation, "publishStatus" | "publishAcceptanceStatus">,
): PublishPhase | { readonly unknown: string } {
  const acceptance = operation.publishAcceptanceStatus;
  const status = operation.publishStatus;
  const accepted = isAcceptance(acceptance) ? PUBLISH_ACCEPTANCE_STATUSES[acceptance] : undefined;
  if (accepted === "failed") return "failed";
  if (isStatus(status) && PUBLISH_STATUSES[status] !== "running") return PUBLISH_STATUSES[status];
  if (!isStatus(status)) return { unknown: `publishStatus ${JSON.stringify(status)}` };
  // A response without an acceptance status is judged by its outcome alone.
  if (accepted === undefined && acceptance !== "")
    return { unknown: `publishAcceptanceStatus ${JSON.stringify(acceptance)}` };
  return "running";
}

/** True once an operation has ended, with or without success (docs/qwilt-api.md 5.2). */
export function hasEnded(operation: PublishingOperation): boolean {
  const phase = publishPhase(operation);
  return phase === "done" || phase === "failed";
}

function isStatus(text: string): text is PublishStatus {
  return Object.hasOwn(PUBLISH_STATUSES, text);
}

function isAcceptance(text: string): text is PublishAcceptanceStatus {
  return Object.hasOwn(PUBLISH_ACCEPTANCE_STATUSES, text);
}
