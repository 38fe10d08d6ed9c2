/**
 * Every sequence of signing states that polls may see (docs/qwilt-api.md 5.1): states skipped, seen once, or seen
 * repeatedly.
 */

/** The states of a request when nothing goes wrong, until its certificate may be linked. */
export const WAY = [
  "PENDING_CHALLENGE_DELEGATION",
  "REQUESTING_CERTIFICATE_FROM_CA",
  "CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN",
] as const;
export type Waiting = (typeof WAY)[number];

/** Outcomes of a wait, and how many states can come before each of them. */
const ENDS = {
  NOTIFY_SITES: 3,
  NOTIFIED_SITES: 3,
  CHALLENGE_DELEGATION_FAILURE: 1,
  REQUESTING_CERTIFICATE_FROM_CA_FAILURE: 2,
  CA_SIGN_FAILURE: 3,
  NOTIFY_SITES_FAILURE: 3,
} as const;
export type End = keyof typeof ENDS;

export interface SigningPath {
  /** One per poll. */
  readonly before: readonly Waiting[];
  readonly end: End;
}

/** @param most the maximum number of times that a state is seen */
export function signingPaths(end: End, most: number): readonly SigningPath[] {
  let ways: readonly (readonly Waiting[])[] = [[]];
  for (const state of WAY.slice(0, ENDS[end]))
    ways = ways.flatMap((way) =>
      Array.from({ length: most + 1 }, (_, times) => [...way, ...Array.from({ length: times }, () => state)]),
    );
  return ways.map((before) => ({ before, end }));
}
