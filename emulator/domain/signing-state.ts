/** The nine states of a signing request and the transitions between them (docs/qwilt-api.md 5.1). */

export const signingStates = [
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
export type SigningState = (typeof signingStates)[number];

export const signingEvents = [
  "delegation-found",
  "delegation-invalid",
  "challenge-passed",
  "challenge-failed",
  "certificate-signed",
  "signing-refused",
  "sites-notified",
  "site-not-activated",
] as const;
export type SigningEvent = (typeof signingEvents)[number];

const edges: Readonly<Record<SigningState, Readonly<Partial<Record<SigningEvent, SigningState>>>>> = {
  PENDING_CHALLENGE_DELEGATION: {
    "delegation-found": "REQUESTING_CERTIFICATE_FROM_CA",
    "delegation-invalid": "CHALLENGE_DELEGATION_FAILURE",
  },
  CHALLENGE_DELEGATION_FAILURE: {},
  REQUESTING_CERTIFICATE_FROM_CA: {
    "challenge-passed": "CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN",
    "challenge-failed": "REQUESTING_CERTIFICATE_FROM_CA_FAILURE",
  },
  REQUESTING_CERTIFICATE_FROM_CA_FAILURE: {},
  CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN: {
    "certificate-signed": "NOTIFY_SITES",
    "signing-refused": "CA_SIGN_FAILURE",
  },
  CA_SIGN_FAILURE: {},
  NOTIFY_SITES: { "sites-notified": "NOTIFIED_SITES", "site-not-activated": "NOTIFY_SITES_FAILURE" },
  NOTIFY_SITES_FAILURE: {},
  NOTIFIED_SITES: {},
};

/** The state after an event; undefined if the state has no such transition. */
export function nextState(state: SigningState, event: SigningEvent): SigningState | undefined {
  return edges[state][event];
}

/** The next state if all goes well, and if it does not. Undefined for a final state. */
const forks: Readonly<Partial<Record<SigningState, { readonly good: SigningEvent; readonly bad: SigningEvent }>>> = {
  PENDING_CHALLENGE_DELEGATION: { good: "delegation-found", bad: "delegation-invalid" },
  REQUESTING_CERTIFICATE_FROM_CA: { good: "challenge-passed", bad: "challenge-failed" },
  CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN: { good: "certificate-signed", bad: "signing-refused" },
  NOTIFY_SITES: { good: "sites-notified", bad: "site-not-activated" },
};

/**
 * The event that leads from a state towards a wanted one.
 *
 * @returns undefined if it is the wanted state, or a final one
 */
export function eventTowards(state: SigningState, wanted: SigningState): SigningEvent | undefined {
  const fork = forks[state];
  if (state === wanted || fork === undefined) return undefined;
  return edges[state][fork.bad] === wanted ? fork.bad : fork.good;
}

/** Whether the request has a certificate in that state, and whether that may be linked (docs/qwilt-api.md 5.1, "linkable states"). */
export function certificateIn(state: SigningState): "none" | "linkable" | "not-linkable" {
  if (state === "NOTIFY_SITES" || state === "NOTIFIED_SITES") return "linkable";
  return state === "NOTIFY_SITES_FAILURE" ? "not-linkable" : "none";
}

/** Such a state ends a request without a working certificate, so that only a new request can continue. */
export function isFailure(state: SigningState): boolean {
  return state.endsWith("_FAILURE");
}

export function asSigningState(value: unknown): SigningState | undefined {
  return signingStates.find((state) => state === value);
}
