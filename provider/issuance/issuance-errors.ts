/** A failed signing request in words: what happened, which record, what DNS answers now, what to do. */
import { type ErrorCode, QwiltError } from "../core/errors.ts";
import { classify, type SigningState } from "../wire/signing-state.ts";
import { type DelegationRecord, describeRecord } from "./delegation/records.ts";

type KnownFailure = Extract<SigningState, `${string}_FAILURE`>;

const CODES: Readonly<Record<KnownFailure, ErrorCode>> = {
  CHALLENGE_DELEGATION_FAILURE: "QWILT_CHALLENGE_DELEGATION_FAILED",
  REQUESTING_CERTIFICATE_FROM_CA_FAILURE: "QWILT_CHALLENGE_FAILED",
  CA_SIGN_FAILURE: "QWILT_CA_REFUSED",
  NOTIFY_SITES_FAILURE: "QWILT_NOTIFY_SITES_FAILED",
};

function codeOf(state: string): ErrorCode {
  const known: Readonly<Record<string, ErrorCode>> = CODES;
  return known[state] ?? "QWILT_ISSUANCE_FAILED";
}

export interface SigningFailure {
  /** As Qwilt reported it. */
  readonly state: string;
  readonly csrId: number;
  readonly templateId: number;
  readonly records: readonly DelegationRecord[];
  /** What DNS answers now; empty when all is well or nobody asked. */
  readonly dns: readonly string[];
}

export function signingFailed({ state, csrId, templateId, records, dns }: SigningFailure): QwiltError {
  const { meaning, waitingOn, remedy } = classify(state);
  const now = dns.length > 0 ? ` DNS now: ${dns.join("; ")}.` : "";
  const target = records.length > 0 ? ` (${records.map(describeRecord).join("; ")})` : "";
  return new QwiltError({
    code: codeOf(state),
    what: `Signing request ${csrId} ended ${state}: ${meaning}.${now}`,
    where: `template ${templateId}, GET /api/v2/certificate-signing-requests/${csrId}`,
    todo: {
      customer: `correct the delegation record${target}, then change \`retrigger\` on the CertificateIssuance and run \`pulumi up\`: a new signing request is made`,
      qwilt: `contact Qwilt support, naming signing request ${csrId}`,
      "certificate-authority": `contact Qwilt support, naming signing request ${csrId}`,
      nobody: remedy,
    }[waitingOn],
  });
}
