/** The nine states of a signing request of a managed template, and who has to act (docs/qwilt-api.md 5.1). */
export const SIGNING_STATES = [
  "PENDING_CHALLENGE_DELEGATION",
  "CHALLENGE_DELEGATION_FAILURE",
  "REQUESTING_CERTIFICATE_FROM_CA",
  "REQUESTING_CERTIFICATE_FROM_CA_FAILURE",
  "CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN",
  "CA_SIGN_FAILURE",
  "NOTIFY_SITES",
  "NOTIFY_SITES_FAILURE",
  "NOTIFIED_SITES",
] as const;
export type SigningState = (typeof SIGNING_STATES)[number];

/** What a signing state means for a run that waits for the certificate. */
export interface SigningVerdict {
  /** As Qwilt returned it; "" if not sent. */
  readonly state: string;
  /**
   * `usable`: the certificate may be linked. `failed`: final for this signing request. `unknown`: a state that this
   * release does not know; treated like `waiting`, never like `usable`.
   */
  readonly kind: "waiting" | "usable" | "failed" | "unknown";
  /** Who has to act; `nobody`: all is done, or it is not known. */
  readonly waitingOn: "customer" | "qwilt" | "certificate-authority" | "nobody";
  /** Whether the request has a certificate in this state. `unknown` if Qwilt's guide does not say. */
  readonly issued: "yes" | "no" | "unknown";
  /** For a status row. */
  readonly meaning: string;
  /** The one thing to do now; empty if there is nothing to do but wait. */
  readonly remedy: string;
}

const VERDICTS: Readonly<Record<SigningState, Omit<SigningVerdict, "state">>> = {
  PENDING_CHALLENGE_DELEGATION: {
    kind: "waiting",
    waitingOn: "customer",
    issued: "no",
    meaning: "waiting for the CNAME record",
    remedy:
      "make sure that the delegation record is in DNS, and keep it permanently: renewals are validated through it",
  },
  CHALLENGE_DELEGATION_FAILURE: {
    kind: "failed",
    waitingOn: "customer",
    issued: "no",
    meaning: "the CNAME record is invalid",
    remedy: "correct the delegation record, then trigger a new signing request",
  },
  REQUESTING_CERTIFICATE_FROM_CA: {
    kind: "waiting",
    waitingOn: "qwilt",
    issued: "no",
    meaning: "the signing request was sent to the certificate authority",
    remedy: "",
  },
  REQUESTING_CERTIFICATE_FROM_CA_FAILURE: {
    kind: "failed",
    waitingOn: "customer",
    issued: "no",
    meaning: "the challenge failed at the certificate authority",
    remedy: "check the delegation record, then trigger a new signing request",
  },
  CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN: {
    kind: "waiting",
    waitingOn: "certificate-authority",
    issued: "no",
    meaning: "the challenge passed, the certificate authority signs",
    remedy: "",
  },
  CA_SIGN_FAILURE: {
    kind: "failed",
    waitingOn: "qwilt",
    issued: "no",
    meaning: "the certificate authority rejected the signing request",
    remedy: "contact Qwilt support with the id of the signing request",
  },
  NOTIFY_SITES: {
    kind: "usable",
    waitingOn: "qwilt",
    issued: "yes",
    meaning: "the certificate is issued and may be linked; linked sites are being switched",
    remedy: "",
  },
  NOTIFY_SITES_FAILURE: {
    kind: "failed",
    waitingOn: "qwilt",
    issued: "yes",
    meaning: "the new certificate was not activated on a site that is linked to this template",
    remedy: "contact Qwilt support with the id of the signing request",
  },
  NOTIFIED_SITES: {
    kind: "usable",
    waitingOn: "nobody",
    issued: "yes",
    meaning: "the certificate is issued, linked sites serve it",
    remedy: "",
  },
};

/**
 * Classifies a signing state. A state that Qwilt adds later is reported by name: one that ends in `_FAILURE` is a
 * failure, any other is waited on.
 */
export function classifySigningState(signingState: string): SigningVerdict {
  const known = SIGNING_STATES.find((state) => state === signingState);
  if (known !== undefined) return { state: known, ...VERDICTS[known] };
  const unknown = { state: signingState, waitingOn: "nobody", issued: "unknown" } as const;
  if (signingState.endsWith("_FAILURE")) {
    return {
      ...unknown,
      kind: "failed",
      meaning: "a failure that this release of pulumi-qwilt does not know",
      remedy: "look at the template in Qwilt's console, and update pulumi-qwilt",
    };
  }
  return {
    ...unknown,
    kind: "unknown",
    meaning: "a state that this release of pulumi-qwilt does not know",
    remedy: "",
  };
}

/** State, meaning, and what to do; "" when Qwilt sent no state. */
export function describeState(signingState: string): string {
  if (signingState === "") return "";
  const { state, meaning, remedy } = classifySigningState(signingState);
  return `${state}, ${meaning}${remedy === "" ? "" : `: ${remedy}`}`;
}
