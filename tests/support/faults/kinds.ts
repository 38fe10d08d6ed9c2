/** What can go wrong with one call, and how a publish can end. */
import type { Point } from "../emulator/gate.ts";

export interface Fault {
  readonly name: string;
  readonly effect: object;
  /** With a user name and a password, whose token can be renewed. */
  readonly login?: boolean;
  /** Limit of one request. */
  readonly requestTimeoutMs?: number;
  /** Limit of one publish. */
  readonly publishTimeoutMs?: number;
  /** A lasting fault would only take long. */
  readonly onlyOnce?: boolean;
}

/** One request of a run. */
export type Call = Pick<Point, "name" | "nth">;

export interface Hit {
  readonly call: Call;
  readonly fault: Fault;
  /** "once": this call. "lasting": this one and all similar ones, until the run has ended. */
  readonly times: "once" | "lasting";
  /** What a user does after an error. */
  readonly afterwards: "run again" | "refresh and run again" | "destroy";
}

/** A later response counts as none. */
const REQUEST_LIMIT_MS = 1_500;
const PUBLISH_LIMIT_MS = 1_200;

export const CALL_FAULTS: readonly Fault[] = [
  { name: "500", effect: { status: 500 } },
  { name: "503 with Retry-After", effect: { status: 503, retryAfter: 1 } },
  { name: "429", effect: { status: 429, retryAfter: 1 } },
  { name: "409", effect: { status: 409 } },
  { name: "401", effect: { status: 401 }, login: true },
  { name: "404", effect: { status: 404 } },
  { name: "cut before", effect: { reset: "before" } },
  { name: "cut after", effect: { reset: "after" } },
  { name: "truncated", effect: { truncate: true } },
  { name: "HTML", effect: { status: 200, body: "<!doctype html><html><body>Please sign in</body></html>" } },
  { name: "too slow", effect: { delayMs: 3 * REQUEST_LIMIT_MS }, requestTimeoutMs: REQUEST_LIMIT_MS, onlyOnce: true },
];

export const PUBLISH_ENDS: readonly Fault[] = (["invalid", "dismissed", "aborted", "failed", "stuck"] as const).map(
  (end) => ({ name: end, effect: { publish: end }, publishTimeoutMs: PUBLISH_LIMIT_MS }),
);

/** Faults that make sense at a call. */
export function faultsAt(name: string): readonly Fault[] {
  const starts = /^POST .*\/publishing-operations(\/actions\/(republish|un-publish))?$/.test(name);
  return starts ? [...CALL_FAULTS, ...PUBLISH_ENDS] : CALL_FAULTS;
}
