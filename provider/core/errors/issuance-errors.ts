/** Certificates that Qwilt issues. */
import { classifySigningState, describeState, type SigningState } from "../../wire/signing-state.ts";
import type { ErrorCode } from "./codes.ts";
import type { Message } from "./message.ts";
import { defineError } from "./qwilt-error.ts";

export interface SigningFailedDetails {
  /** As Qwilt reported it. */
  readonly state: string;
  readonly csrId: number;
  readonly templateId: number;
  /** Delegation records to check: "NAME CNAME TARGET". */
  readonly records: readonly string[];
  /** What DNS returns now; empty if all is well, or if DNS was not queried. */
  readonly dns: readonly string[];
}

function signingFailedAs<C extends ErrorCode>(code: C) {
  return defineError(code, describeSigningFailure);
}

export const challengeDelegationFailed = signingFailedAs("QWILT_CHALLENGE_DELEGATION_FAILED");
export const challengeFailed = signingFailedAs("QWILT_CHALLENGE_FAILED");
export const caRefused = signingFailedAs("QWILT_CA_REFUSED");
export const notifySitesFailed = signingFailedAs("QWILT_NOTIFY_SITES_FAILED");
/** A failure state that this version does not know. */
export const issuanceFailed = signingFailedAs("QWILT_ISSUANCE_FAILED");

const KINDS = {
  CHALLENGE_DELEGATION_FAILURE: challengeDelegationFailed,
  REQUESTING_CERTIFICATE_FROM_CA_FAILURE: challengeFailed,
  CA_SIGN_FAILURE: caRefused,
  NOTIFY_SITES_FAILURE: notifySitesFailed,
} satisfies Record<Extract<SigningState, `${string}_FAILURE`>, unknown>;

/** The error for the state of a signing request that failed. */
export function signingFailed(details: SigningFailedDetails) {
  const { state } = details;
  return isKnown(state) ? KINDS[state](details) : issuanceFailed(details);
}

function isKnown(state: string): state is keyof typeof KINDS {
  return Object.hasOwn(KINDS, state);
}

function describeSigningFailure({ state, csrId, templateId, records, dns }: SigningFailedDetails): Message {
  const { meaning, waitingOn, remedy } = classifySigningState(state);
  const now = dns.length > 0 ? ` DNS now: ${dns.join("; ")}.` : "";
  const target = records.length > 0 ? ` (${records.join("; ")})` : "";
  const support = `contact Qwilt support with the number of the signing request, ${csrId}`;
  return {
    what: `Signing request ${csrId} ended in state ${state}: ${meaning}.${now}`,
    where: `template ${templateId}, GET /api/v2/certificate-signing-requests/${csrId}`,
    todo: {
      customer: `correct the delegation record${target}, then change \`retrigger\` on the CertificateIssuance and run \`pulumi up\` to create a new signing request`,
      qwilt: support,
      "certificate-authority": support,
      nobody: remedy,
    }[waitingOn],
  };
}

export interface IssuanceTimedOutDetails {
  readonly templateId: number;
  readonly csrId: number | undefined;
  /** undefined: not read yet. */
  readonly signingState: string | undefined;
  /** Total of all runs. */
  readonly waitedMs: number;
}

export const issuanceTimedOut = defineError("QWILT_ISSUANCE_TIMED_OUT", (details: IssuanceTimedOutDetails) => {
  const { templateId, csrId, signingState, waitedMs } = details;
  const state =
    signingState === undefined ? "the state is unknown" : describeState(signingState) || "Qwilt reports no state";
  return {
    what: `The certificate was not issued within ${Math.max(0, Math.floor(waitedMs / 60_000))} min: ${state}.`,
    where: `template ${templateId}${csrId === undefined ? "" : `, signing request ${csrId}`}`,
    todo: "do what the state asks for, then run `pulumi up` again: it continues with the same signing request",
  };
});

export interface NotIssuedDetails {
  readonly siteId: string;
  readonly templateId: number;
}

export const notIssued = defineError("QWILT_NOT_ISSUED", ({ siteId, templateId }: NotIssuedDetails) => ({
  what: `Template ${templateId} has no certificate yet.`,
  where: `site ${siteId}`,
  todo: "add a CertificateIssuance between template and link, or run `pulumi up` again once the certificate is issued",
}));
