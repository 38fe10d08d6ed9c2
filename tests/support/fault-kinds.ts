/** What can go wrong with one call, and how a publish can end. */
import type { Fault } from "./fault-flows.ts";

/** An answer later than this counts as none. */
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
  { name: "too slow", effect: { delayMs: 2 * REQUEST_LIMIT_MS }, requestTimeoutMs: REQUEST_LIMIT_MS, onlyOnce: true },
];

export const PUBLISH_ENDS: readonly Fault[] = (["invalid", "dismissed", "aborted", "failed", "stuck"] as const).map(
  (end) => ({ name: end, effect: { publish: end }, publishTimeoutMs: PUBLISH_LIMIT_MS }),
);

/** Faults that make sense at a call. */
export function faultsAt(name: string): readonly Fault[] {
  const starts = /^POST .*\/publishing-operations(\/actions\/(republish|un-publish))?$/.test(name);
  return starts ? [...CALL_FAULTS, ...PUBLISH_ENDS] : CALL_FAULTS;
}
