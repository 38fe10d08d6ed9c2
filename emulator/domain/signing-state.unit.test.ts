import {
  certificateIn,
  eventTowards,
  isFailure,
  nextState,
  type SigningState,
  signingEvents,
  signingStates,
} from "./signing-state.ts";

/** Every transition of docs/qwilt-api.md 5.1. */
const edges = [
  "PENDING_CHALLENGE_DELEGATION > REQUESTING_CERTIFICATE_FROM_CA",
  "PENDING_CHALLENGE_DELEGATION > CHALLENGE_DELEGATION_FAILURE",
  "REQUESTING_CERTIFICATE_FROM_CA > CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN",
  "REQUESTING_CERTIFICATE_FROM_CA > REQUESTING_CERTIFICATE_FROM_CA_FAILURE",
  "CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN > NOTIFY_SITES",
  "CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN > CA_SIGN_FAILURE",
  "NOTIFY_SITES > NOTIFIED_SITES",
  "NOTIFY_SITES > NOTIFY_SITES_FAILURE",
];

test("there are nine states", () => expect(signingStates).toHaveLength(9));

test("the state machine has exactly the transitions of the reference", () => {
  const found = signingStates.flatMap((state) =>
    signingEvents.flatMap((event) => {
      const next = nextState(state, event);
      return next === undefined ? [] : [`${state} > ${next}`];
    }),
  );
  expect([...found].sort()).toEqual([...edges].sort());
});

test.each(signingStates)("%s can be reached from the first state", (wanted) => {
  let state: SigningState = "PENDING_CHALLENGE_DELEGATION";
  for (let step = 0; step < signingStates.length && state !== wanted; step++) {
    const event = eventTowards(state, wanted);
    if (event === undefined) break;
    state = nextState(state, event) ?? state;
  }
  expect(state).toBe(wanted);
});

test.each(signingStates)("%s has a next state exactly if it is not final", (state) => {
  const isEnd = isFailure(state) || state === "NOTIFIED_SITES";
  expect(eventTowards(state, state)).toBeUndefined();
  expect(signingEvents.some((event) => nextState(state, event) !== undefined)).toBe(!isEnd);
});

test("a certificate may be linked in two states", () => {
  expect(signingStates.filter((state) => certificateIn(state) === "linkable")).toEqual([
    "NOTIFY_SITES",
    "NOTIFIED_SITES",
  ]);
});
