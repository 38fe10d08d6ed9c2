import {
  decideRetry,
  type Outcome,
  RETRY_LIMITS,
  type RetryQuestion,
  readRetryAfter,
} from "../../provider/api/http/retry.ts";

const status = (code: number, retryAfterMs?: number): Outcome => ({ kind: "answer", status: code, retryAfterMs });
const failure = (kind: Extract<Outcome, { kind: "failure" }>["failure"], sent: "no" | "maybe"): Outcome => ({
  kind: "failure",
  failure: kind,
  sent,
});
const question = (over: Partial<RetryQuestion>): RetryQuestion => ({
  attempt: 1,
  method: "GET",
  repeat: "unsafe",
  outcome: status(503),
  elapsedMs: 0,
  random: 0.5,
  ...over,
});
const decide = (over: Partial<RetryQuestion>) => {
  const decision = decideRetry(question(over));
  return decision.kind === "retry" ? decision.afterMs : "give up";
};

test.each<[string, Partial<RetryQuestion>, number | "give up"]>([
  ["a GET is repeated after a 500", { outcome: status(500) }, 188],
  ["a PUT is repeated after a 502", { method: "PUT", outcome: status(502) }, 188],
  ["a DELETE is repeated after a cut connection", { method: "DELETE", outcome: failure("reset", "maybe") }, 188],
  ["a GET is repeated after a cut body", { outcome: failure("truncated", "maybe") }, 188],
  ["a GET is repeated after a time-out", { outcome: failure("timeout", "maybe") }, 188],
  ["a GET is repeated after a 408", { outcome: status(408) }, 188],
  ["a 400 is final", { outcome: status(400) }, "give up"],
  ["a 401 is final here", { outcome: status(401) }, "give up"],
  ["a 404 is final", { outcome: status(404) }, "give up"],
  ["a 409 is final, the caller knows what it means", { outcome: status(409) }, "give up"],
  ["a 501 is final", { outcome: status(501) }, "give up"],
  ["a 200 is final", { outcome: status(200) }, "give up"],
  ["Retry-After wins over the back-off", { outcome: status(429, 3_000) }, 3_000],
  ["Retry-After of zero repeats at once", { outcome: status(503, 0) }, 0],
  ["Retry-After beyond the time there is gives up", { outcome: status(429, RETRY_LIMITS.withinMs + 1) }, "give up"],
  ["time already spent counts", { outcome: status(429, 60_000), elapsedMs: 60_001 }, "give up"],
  ["a POST is repeated after a 429", { method: "POST", outcome: status(429) }, 188],
  ["a POST is repeated after a 503 that names a time", { method: "POST", outcome: status(503, 1_000) }, 1_000],
  ["a POST is not repeated after a plain 503", { method: "POST", outcome: status(503) }, "give up"],
  ["a POST is not repeated after a 500", { method: "POST", outcome: status(500) }, "give up"],
  ["a POST is not repeated after a 504 with Retry-After", { method: "POST", outcome: status(504, 1_000) }, "give up"],
  ["a POST that never left is repeated", { method: "POST", outcome: failure("refused", "no") }, 188],
  ["a POST that may have arrived is not repeated", { method: "POST", outcome: failure("reset", "maybe") }, "give up"],
  [
    "a POST without an answer in time is not repeated",
    { method: "POST", outcome: failure("timeout", "maybe") },
    "give up",
  ],
  [
    "an idempotent POST is repeated after a cut",
    { method: "POST", repeat: "idempotent", outcome: failure("reset", "maybe") },
    188,
  ],
  ["an idempotent POST is repeated after a 500", { method: "POST", repeat: "idempotent", outcome: status(500) }, 188],
  ["a refused certificate is final", { outcome: failure("tls", "no") }, "give up"],
  ["an abort is final", { outcome: failure("aborted", "no") }, "give up"],
  ["the last attempt is the last", { attempt: RETRY_LIMITS.attempts }, "give up"],
])("%s", (_title, over, expected) => expect(decide(over)).toBe(expected));

test("the pause doubles, is randomized, and has a limit", () => {
  expect([1, 2, 3, 4].map((attempt) => decide({ attempt, random: 0 }))).toEqual([125, 250, 500, 1_000]);
  expect([1, 2, 3, 4].map((attempt) => decide({ attempt, random: 0.999999 }))).toEqual([250, 500, 1_000, 2_000]);
});

test.each([
  ["seconds", "120", 120_000],
  ["zero", "0", 0],
  ["an HTTP date", "Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
  ["a date that has passed", "Wed, 31 Dec 2025 00:00:00 GMT", 0],
  ["nothing", undefined, undefined],
  ["an empty text", "", undefined],
  ["a word", "soon", undefined],
  ["a negative number", "-5", undefined],
])("Retry-After as %s is read", (_title, value, expected) => {
  expect(readRetryAfter(value, Date.UTC(2026, 0, 1))).toBe(expected);
});
