/** Sends one request with retries: transport, retry decision, pauses, and the debug log. */
import type { Clock } from "../../core/clock.ts";
import { nameOf, noAnswer } from "./no-answer.ts";
import { decideRetry, type Outcome, readRetryAfter } from "./retry.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";
import { TransportFailure } from "./transport-failure.ts";

export interface SendOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Ends pauses at once and aborts reads in flight; a change in flight is never aborted. */
  readonly signal: AbortSignal | undefined;
  readonly random: () => number;
  /**
   * The endpoint comes from the stack's configuration; some commands receive that configuration as of the last `up`.
   */
  readonly endpointOfStack: boolean;
  /** Receives one line per request: method, path, status, milliseconds. */
  readonly log: ((line: string) => void) | undefined;
}

export interface Sender {
  /**
   * @param repeat whether repeating the request changes nothing further; used for POST only
   * @returns the last response, whatever its status
   * @throws CallError if no complete response was received
   */
  send(request: HttpRequest, repeat: "idempotent" | "unsafe"): Promise<Sent>;
}

export interface Sent extends HttpResponse {
  /** "maybe-done": an earlier attempt may have been carried out, although its response was not a success. */
  readonly before: "nothing" | "maybe-done";
}

type Attempt = { readonly answer: HttpResponse } | { readonly failure: TransportFailure };

export function createSender(options: SendOptions): Sender {
  const { clock, random } = options;
  /** Per origin: after a Retry-After, no caller sends to that origin before this time. Epoch milliseconds. */
  const quietUntil = new Map<string, number>();

  async function pause(ms: number): Promise<void> {
    if (ms > 0) await clock.sleep(ms, options.signal);
  }

  return {
    async send(request, repeat) {
      const { origin } = new URL(request.url);
      const startedAt = clock.now();
      let before: Sent["before"] = "nothing";
      for (let attempt = 1; ; attempt++) {
        await pause((quietUntil.get(origin) ?? 0) - clock.now());
        const made = await once(request, options);
        const outcome = outcomeOf(made, clock.now());
        const decision = decideRetry({
          attempt,
          method: request.method,
          repeat,
          outcome,
          elapsedMs: clock.now() - startedAt,
          random: random(),
        });
        // After an interruption each request still gets one attempt, so that work in progress can be finished or rolled
        // back.
        if (decision.kind === "give-up" || options.signal?.aborted) {
          if ("answer" in made) return { ...made.answer, before };
          const { endpointOfStack } = options;
          throw noAnswer({ request, failure: made.failure, attempts: attempt, before, endpointOfStack });
        }
        if (mayBeDone(outcome)) before = "maybe-done";
        if (outcome.kind === "answer" && outcome.status === 429) quietUntil.set(origin, clock.now() + decision.afterMs);
        await pause(decision.afterMs);
      }
    },
  };
}

async function once(request: HttpRequest, options: SendOptions): Promise<Attempt> {
  const { clock, signal, transport } = options;
  const startedAt = clock.now();
  const cuttable = request.method === "GET" && signal !== undefined && !signal.aborted ? signal : undefined;
  let made: Attempt;
  try {
    made = { answer: await transport.send(request, cuttable) };
  } catch (thrown) {
    if (!(thrown instanceof TransportFailure)) throw thrown;
    made = { failure: thrown };
  }
  const result = "answer" in made ? String(made.answer.status) : `${made.failure.kind} (${made.failure.message})`;
  options.log?.(`${nameOf(request)} ${result} ${clock.now() - startedAt} ms`);
  return made;
}

function outcomeOf(made: Attempt, nowMs: number): Outcome {
  if ("failure" in made) return { kind: "failure", failure: made.failure.kind, sent: made.failure.sent };
  const { status, headers } = made.answer;
  return { kind: "answer", status, retryAfterMs: readRetryAfter(headers["retry-after"]?.[0], nowMs) };
}

function mayBeDone(outcome: Outcome): boolean {
  return outcome.kind === "failure" ? outcome.sent === "maybe" : outcome.status >= 500;
}
