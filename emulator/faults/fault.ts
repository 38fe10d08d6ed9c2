/** Named faults: which requests match, and what then happens. Pure. */

import { ApiProblem } from "../domain/api-problem.ts";
import { isObject, type JsonObject } from "../domain/json.ts";
import type { Outcome } from "../domain/publishing-operation.ts";
import { asSigningState, type SigningState, signingStates } from "../domain/signing-state.ts";
import { matchesGlob } from "./glob.ts";

export interface FaultMatch {
  readonly method?: string;
  /** Glob on the path with collapsed slashes; every path if omitted. */
  readonly route?: string;
  /** Number of the first matching request that is affected, counted from 1. */
  readonly nth?: number;
  /** How many requests are affected, 1 if omitted. */
  readonly times?: number;
  /** Probability for each matching request from the `nth` on, 0 to 1. */
  readonly probability?: number;
  /** Seed of the random numbers, so that a run can be repeated. */
  readonly seed?: number;
}

export type FaultEffect =
  | { readonly status: number; readonly body?: unknown; readonly retryAfter?: number | string }
  | { readonly delayMs: number }
  | { readonly reset: "before" | "after" }
  | { readonly truncate: true }
  | { readonly publish: Exclude<Outcome, "success"> }
  | { readonly signing: SigningState };

export interface Fault {
  readonly id: string;
  readonly match: FaultMatch;
  readonly effect: FaultEffect;
  /** Number of matching requests. */
  readonly seen: number;
  /** Number of affected requests. */
  readonly hits: number;
}

export interface FaultRequest {
  readonly method: string;
  readonly path: string;
  /** Whether the request starts a publishing operation: `publish` faults consider nothing else. */
  readonly startsOperation: boolean;
  /** Whether the request creates or reads a signing request: `signing` faults consider nothing else. */
  readonly concernsSigning: boolean;
}

/** The faults with updated counters, and the oldest one that affects this request. */
export function decideFault(
  faults: readonly Fault[],
  request: FaultRequest,
): { readonly hit: Fault | undefined; readonly changed: readonly Fault[] } {
  let hit: Fault | undefined;
  const changed: Fault[] = [];
  for (const fault of faults) {
    if (!matches(fault, request)) continue;
    const seen = { ...fault, seen: fault.seen + 1 };
    const fires = hit === undefined && mayFire(seen);
    const next = fires ? { ...seen, hits: seen.hits + 1 } : seen;
    if (fires) hit = next;
    changed.push(next);
  }
  return { hit, changed };
}

function matches({ match, effect }: Fault, request: FaultRequest): boolean {
  if ("publish" in effect && !request.startsOperation) return false;
  if ("signing" in effect && !request.concernsSigning) return false;
  if (match.method !== undefined && match.method.toUpperCase() !== request.method) return false;
  return match.route === undefined || matchesGlob(match.route, request.path);
}

function mayFire({ match, seen, hits }: Fault): boolean {
  if (seen < (match.nth ?? 1) || hits >= (match.times ?? 1)) return false;
  return match.probability === undefined || chance(match.seed ?? 1, seen) < match.probability;
}

/** A number from 0 to 1 that depends only on the seed and the number of the request (mulberry32). */
function chance(seed: number, count: number): number {
  let state = (seed ^ Math.imul(count, 0x9e3779b9)) >>> 0;
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** @throws ApiProblem with status 400 that names what is wrong */
export function readFault(body: unknown, id: string): Fault {
  if (!isObject(body)) throw new ApiProblem(400, "A fault is an object with match and effect.");
  onlyKeys(body, ["match", "effect"], "a fault");
  const match = body.match ?? {};
  if (!isObject(match)) throw new ApiProblem(400, "match must be an object.");
  return { id, match: readMatch(match), effect: readEffect(body.effect), seen: 0, hits: 0 };
}

function readMatch(match: JsonObject): FaultMatch {
  onlyKeys(match, ["method", "route", "nth", "times", "probability", "seed"], "match");
  const { method, route, nth, times, probability, seed } = match;
  return {
    ...(method === undefined ? {} : { method: text(method, "match.method") }),
    ...(route === undefined ? {} : { route: text(route, "match.route") }),
    ...(nth === undefined ? {} : { nth: count(nth, 1, "match.nth") }),
    ...(times === undefined ? {} : { times: count(times, 1, "match.times") }),
    ...(probability === undefined ? {} : { probability: fraction(probability) }),
    ...(seed === undefined ? {} : { seed: count(seed, 0, "match.seed") }),
  };
}

const effects = ["status", "delayMs", "reset", "truncate", "publish", "signing"] as const;
const publishOutcomes = ["invalid", "dismissed", "aborted", "failed", "stuck"] as const;

function readEffect(effect: unknown): FaultEffect {
  if (!isObject(effect)) throw new ApiProblem(400, "effect must be an object.");
  const kind = effects.find((name) => name in effect);
  if (kind === undefined) throw new ApiProblem(400, `effect must have one of ${effects.join(", ")}.`);
  onlyKeys(effect, kind === "status" ? ["status", "body", "retryAfter"] : [kind], `an effect with ${kind}`);
  switch (kind) {
    case "status":
      return readStatus(effect);
    case "delayMs":
      return { delayMs: count(effect.delayMs, 0, "effect.delayMs") };
    case "reset":
      if (effect.reset === "before" || effect.reset === "after") return { reset: effect.reset };
      throw new ApiProblem(400, 'effect.reset must be "before" or "after".');
    case "truncate":
      if (effect.truncate === true) return { truncate: true };
      throw new ApiProblem(400, "effect.truncate must be true.");
    case "publish": {
      const outcome = publishOutcomes.find((name) => name === effect.publish);
      if (outcome !== undefined) return { publish: outcome };
      throw new ApiProblem(400, `effect.publish must be one of ${publishOutcomes.join(", ")}.`);
    }
    case "signing": {
      const state = asSigningState(effect.signing);
      if (state !== undefined) return { signing: state };
      throw new ApiProblem(400, `effect.signing must be one of ${signingStates.join(", ")}.`);
    }
  }
}

function readStatus(effect: JsonObject): FaultEffect {
  const status = count(effect.status, 200, "effect.status");
  if (status > 599) throw new ApiProblem(400, "effect.status must be a status from 200 to 599.");
  const { retryAfter } = effect;
  if (retryAfter !== undefined && typeof retryAfter !== "number" && typeof retryAfter !== "string") {
    throw new ApiProblem(400, "effect.retryAfter must be seconds or an HTTP date.");
  }
  return {
    status,
    ...("body" in effect ? { body: effect.body } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function onlyKeys(value: JsonObject, known: readonly string[], what: string): void {
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    throw new ApiProblem(400, `${what} has no ${unknown.join(", ")}. Known: ${known.join(", ")}.`);
  }
}

function text(value: unknown, where: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new ApiProblem(400, `${where} must be a text.`);
}

function count(value: unknown, least: number, where: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
  throw new ApiProblem(400, `${where} must be a whole number of at least ${least}.`);
}

function fraction(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw new ApiProblem(400, "match.probability must be a number from 0 to 1.");
}
