/** The nine states of a signing request of a managed template, and who moves next (qwilt-api.md 5.1). */
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

export interface SigningStep {
  /** `usable`: the certificate may be linked. `failed`: terminal for this signing request. */
  readonly phase: "waiting" | "usable" | "failed";
  /** Whose turn it is. */
  readonly next: "customer" | "qwilt" | "certificate-authority" | "nobody";
  /** What the state means, for a status row. */
  readonly meaning: string;
  /** The one thing to do now; empty when there is nothing to do but wait. */
  readonly remedy: string;
}

export const SIGNING_STEPS: Readonly<Record<SigningState, SigningStep>> = {
  PENDING_CHALLENGE_DELEGATION: {
    phase: "waiting",
    next: "customer",
    meaning: "waiting for the CNAME record",
    remedy: "see that the delegation record is in DNS, and keep it for ever: renewals are validated through it",
  },
  CHALLENGE_DELEGATION_FAILURE: {
    phase: "failed",
    next: "customer",
    meaning: "the CNAME record is invalid",
    remedy: "correct the delegation record, then trigger a new signing request",
  },
  REQUESTING_CERTIFICATE_FROM_CA: {
    phase: "waiting",
    next: "qwilt",
    meaning: "the signing request was sent to the certificate authority",
    remedy: "",
  },
  REQUESTING_CERTIFICATE_FROM_CA_FAILURE: {
    phase: "failed",
    next: "customer",
    meaning: "the challenge failed at the certificate authority",
    remedy: "check the delegation record, then trigger a new signing request",
  },
  CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN: {
    phase: "waiting",
    next: "certificate-authority",
    meaning: "the challenge passed, the certificate authority signs",
    remedy: "",
  },
  CA_SIGN_FAILURE: {
    phase: "failed",
    next: "qwilt",
    meaning: "the certificate authority rejected the signing request",
    remedy: "contact Qwilt support with the number of the signing request",
  },
  NOTIFY_SITES: {
    phase: "usable",
    next: "qwilt",
    meaning: "the certificate is issued and may be linked; linked sites are being switched",
    remedy: "",
  },
  NOTIFY_SITES_FAILURE: {
    phase: "failed",
    next: "qwilt",
    meaning: "the new certificate was not activated on a site that is linked to this template",
    remedy: "contact Qwilt support with the number of the signing request",
  },
  NOTIFIED_SITES: {
    phase: "usable",
    next: "nobody",
    meaning: "the certificate is issued, linked sites serve it",
    remedy: "",
  },
};

/** undefined for a state that this release does not know: callers fail by its name, it never means "still waiting". */
export function asSigningState(text: string): SigningState | undefined {
  return SIGNING_STATES.find((state) => state === text);
}
