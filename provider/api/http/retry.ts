/** Decides whether and when a request is retried. Pure: the clock and the random number are arguments. */
import type { TransportFailureKind } from "./transport-failure.ts";

export type Outcome =
  | { readonly kind: "answer"; readonly status: number; readonly retryAfterMs?: number | undefined }
  | { readonly kind: "failure"; readonly failure: TransportFailureKind; readonly sent: "no" | "maybe" };

export interface RetryQuestion {
  /** Number of the attempt that just ended, counted from 1. */
  readonly attempt: number;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /**
   * "idempotent": repeating it changes nothing further. Used for POST only; all other methods are idempotent by
   * definition.
   */
  readonly repeat: "idempotent" | "unsafe";
  readonly outcome: Outcome;
  /** Since the first attempt began. */
  readonly elapsedMs: number;
  /** In [0, 1). */
  readonly random: number;
}

export type RetryDecision = { readonly kind: "retry"; readonly afterMs: number } | { readonly kind: "give-up" };

export const RETRY_LIMITS = {
  attempts: 5,
  /** No attempt begins later than this after the first one, whatever Retry-After says. */
  withinMs: 120_000,
  firstPauseMs: 250,
  longestPauseMs: 8_000,
} as const;

/** Bad gateways and overload are temporary; 501 and 505 are not. 408 and 425 mean that nothing was done. */
const PASSING_STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

const GIVE_UP: RetryDecision = { kind: "give-up" };

export function decideRetry(question: RetryQuestion): RetryDecision {
  const { attempt, outcome, elapsedMs } = question;
  if (attempt >= RETRY_LIMITS.attempts || !mayPass(outcome) || !mayRepeat(question)) return GIVE_UP;
  const asked = outcome.kind === "answer" ? outcome.retryAfterMs : undefined;
  const afterMs = asked ?? backOff(attempt, question.random);
  // If Retry-After exceeds the time limit, give up: an earlier attempt would only be rejected again.
  return elapsedMs + afterMs > RETRY_LIMITS.withinMs ? GIVE_UP : { kind: "retry", afterMs };
}

function mayPass(outcome: Outcome): boolean {
  if (outcome.kind === "answer") return PASSING_STATUSES.includes(outcome.status);
  // A rejected certificate or user stays rejected, and an abort is intended.
  return !["aborted", "tls", "proxy-denied"].includes(outcome.failure);
}

function mayRepeat({ method, repeat, outcome }: RetryQuestion): boolean {
  if (method !== "POST" || repeat === "idempotent") return true;
  if (outcome.kind === "failure") return outcome.sent === "no";
  // A rate limiter, or an overloaded server that sends Retry-After, rejects a request before the work; a 502 may come
  // after it.
  return outcome.status === 429 || (outcome.status === 503 && outcome.retryAfterMs !== undefined);
}

/** Doubles with each attempt; half of it is random, so that many clients do not retry at the same moment. */
function backOff(attempt: number, random: number): number {
  const pause = Math.min(RETRY_LIMITS.longestPauseMs, RETRY_LIMITS.firstPauseMs * 2 ** (attempt - 1));
  return Math.round(pause / 2 + (pause / 2) * random);
}

/** `Retry-After` in seconds or as an HTTP date (RFC 9110, 10.2.3); undefined if absent or unreadable. */
export function readRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const at = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
