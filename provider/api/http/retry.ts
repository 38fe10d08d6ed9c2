/** Whether a request is sent again, and when. Pure: the clock and the dice are arguments. */
import type { TransportFailureKind } from "./transport-failure.ts";

export type Outcome =
  | { readonly kind: "answer"; readonly status: number; readonly retryAfterMs?: number | undefined }
  | { readonly kind: "failure"; readonly failure: TransportFailureKind; readonly sent: "no" | "maybe" };

export interface RetryQuestion {
  /** The attempt that just ended; the first is 1. */
  readonly attempt: number;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** "idempotent": carrying it out twice leaves what once leaves. Asked of POST only; the others are by definition. */
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
  /** No attempt begins later than this after the first one, whatever Retry-After asks for. */
  withinMs: 120_000,
  firstPauseMs: 250,
  longestPauseMs: 8_000,
} as const;

/** Bad gateways and overload pass; 501 and 505 do not. 408 and 425 say that nothing was done. */
const PASSING_STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

const GIVE_UP: RetryDecision = { kind: "give-up" };

export function decideRetry(question: RetryQuestion): RetryDecision {
  const { attempt, outcome, elapsedMs } = question;
  if (attempt >= RETRY_LIMITS.attempts || !mayPass(outcome) || !mayRepeat(question)) return GIVE_UP;
  const asked = outcome.kind === "answer" ? outcome.retryAfterMs : undefined;
  const afterMs = asked ?? backOff(attempt, question.random);
  // A server that asks for more patience than there is gets none: waiting less would only be refused again.
  return elapsedMs + afterMs > RETRY_LIMITS.withinMs ? GIVE_UP : { kind: "retry", afterMs };
}

function mayPass(outcome: Outcome): boolean {
  if (outcome.kind === "answer") return PASSING_STATUSES.includes(outcome.status);
  // A refused certificate or user stays refused; an abort is a wish.
  return !["aborted", "tls", "proxy-denied"].includes(outcome.failure);
}

function mayRepeat({ method, repeat, outcome }: RetryQuestion): boolean {
  if (method !== "POST" || repeat === "idempotent") return true;
  if (outcome.kind === "failure") return outcome.sent === "no";
  // The rate limiter, and an overloaded server that names a time, stand before the work; a 502 may come after it.
  return outcome.status === 429 || (outcome.status === 503 && outcome.retryAfterMs !== undefined);
}

/** Doubles from attempt to attempt; half of it is random, so that many clients do not come back together. */
function backOff(attempt: number, random: number): number {
  const pause = Math.min(RETRY_LIMITS.longestPauseMs, RETRY_LIMITS.firstPauseMs * 2 ** (attempt - 1));
  return Math.round(pause / 2 + (pause / 2) * random);
}

/** `Retry-After` in seconds or as an HTTP date (RFC 9110, 10.2.3); undefined when there is none that can be read. */
export function readRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const at = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
