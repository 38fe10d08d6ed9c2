/**
 * A publishing operation (docs/qwilt-api.md 4.7, 5.2). One phase determines both status fields of the API, so they can
 * never contradict each other.
 */
import { ApiProblem } from "./api-problem.ts";

export type Target = "ga" | "staging";
export const targets: readonly Target[] = ["ga", "staging"];

export type Phase =
  | "validating"
  | "queued"
  | "rolling-out"
  | "succeeded"
  | "failed"
  | "invalid"
  | "dismissed"
  | "aborted";

/** How an operation will end. All but "success" come from faults, and "invalid" also from strict validation. */
export type Outcome = "success" | "invalid" | "dismissed" | "aborted" | "failed" | "stuck";

/** A name that the operation activates at the edge. */
export interface ServedHost {
  readonly host: string;
  readonly withSubdomains: boolean;
}

/** The certificate that was linked when the operation was requested. */
export interface TakenCertificate {
  readonly certificateId: number;
  readonly materialId: number;
}

export interface Finding {
  readonly message: string;
  readonly path: string;
}

export interface PublishingOperation {
  readonly publishId: string;
  readonly siteId: string;
  readonly organisation: string;
  readonly revisionId: string;
  readonly configLastModifiedMs: number;
  readonly target: Target;
  readonly operationType: "Publish" | "Unpublish";
  readonly username: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly phase: Phase;
  readonly outcome: Outcome;
  /** The live one of its site and target. At most one is. */
  readonly isActive: boolean;
  /** Order in which operations took effect, across all sites; null until then. */
  readonly activation: number | null;
  readonly hosts: readonly ServedHost[];
  readonly certificate: TakenCertificate | null;
  readonly findings: readonly Finding[];
}

export type OperationEvent =
  | { readonly kind: "validated"; readonly earlierRuns: boolean }
  | { readonly kind: "turn-came" }
  | { readonly kind: "rolled-out"; readonly activation: number }
  | { readonly kind: "replaced" }
  | { readonly kind: "cancel" };

export type AcceptanceStatus = "Pending" | "Invalid" | "InProgress" | "Dismissed" | "Aborted" | "Accepted";
export type PublishStatus = "InProgress" | "Success" | "Failed" | "Aborted";

/**
 * The pairs of docs/qwilt-api.md 5.2. A queued operation has been accepted (test A7 checks that right after the
 * request).
 */
const statuses: Record<Phase, readonly [AcceptanceStatus, PublishStatus]> = {
  validating: ["Pending", "InProgress"],
  queued: ["Accepted", "InProgress"],
  "rolling-out": ["Accepted", "InProgress"],
  succeeded: ["Accepted", "Success"],
  failed: ["Accepted", "Failed"],
  invalid: ["Invalid", "Failed"],
  dismissed: ["Dismissed", "Failed"],
  aborted: ["Aborted", "Aborted"],
};

export function acceptanceStatus(operation: PublishingOperation): AcceptanceStatus {
  return statuses[operation.phase][0];
}

export function publishStatus(operation: PublishingOperation): PublishStatus {
  return statuses[operation.phase][1];
}

export function isRunning(operation: PublishingOperation): boolean {
  return publishStatus(operation) === "InProgress";
}

/** @throws ApiProblem with status 409 if a cancel comes after the end */
export function changeOperation(
  operation: PublishingOperation,
  event: OperationEvent,
  now: number,
): PublishingOperation {
  const to = (phase: Phase): PublishingOperation => ({ ...operation, phase, updatedAtMs: now });
  switch (event.kind) {
    case "validated":
      if (operation.phase !== "validating") return operation;
      if (operation.outcome === "invalid" || operation.outcome === "dismissed" || operation.outcome === "aborted") {
        return to(operation.outcome);
      }
      return to(event.earlierRuns ? "queued" : "rolling-out");
    case "turn-came":
      return operation.phase === "queued" ? to("rolling-out") : operation;
    case "rolled-out":
      if (operation.phase !== "rolling-out") return operation;
      return operation.outcome === "failed"
        ? to("failed")
        : { ...to("succeeded"), isActive: true, activation: event.activation };
    case "replaced":
      return operation.isActive ? { ...operation, isActive: false, updatedAtMs: now } : operation;
    case "cancel":
      if (!isRunning(operation)) {
        throw new ApiProblem(409, `Operation ${operation.publishId} has ended and cannot be cancelled.`);
      }
      return to("aborted");
  }
}

/** The state of a site on a target once all operations in progress have succeeded. */
export function expectedState(
  active: PublishingOperation | undefined,
  running: readonly PublishingOperation[],
): PublishingOperation | undefined {
  const last = running.at(-1) ?? active;
  return last?.operationType === "Publish" ? last : undefined;
}

/** `ga` if omitted (the field is optional in the client's model). @throws ApiProblem with status 400 */
export function readTarget(value: unknown): Target {
  if (value === undefined || value === null) return "ga";
  if (value === "ga" || value === "staging") return value;
  throw new ApiProblem(400, 'target must be "ga" or "staging".');
}
