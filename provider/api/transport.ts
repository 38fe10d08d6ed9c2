/** Moves bytes: the only place that knows the HTTP client. One transport serves a whole process. */
import http from "node:http";
import https from "node:https";
import { createLimiter } from "./limiter.ts";
import { TransportFailure, transportFailure } from "./transport-failure.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Absolute. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; every value of a repeated header. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly text: string;
}

export interface Transport {
  /**
   * Answers whatever status the server gives; redirects are answers too, since a login is a 302 (docs/qwilt-api.md 2.3).
   *
   * @param signal gives the request up, also while it waits for its turn
   * @throws TransportFailure when no complete answer came
   */
  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer>;
  /** Closes idle connections. */
  close(): void;
}

export interface TransportOptions {
  /** Time limit of one request in milliseconds, from its turn to the last byte of the body. */
  readonly timeoutMs: number;
  /** Requests at once; the others wait in order. */
  readonly maxConcurrency: number;
}

/** A list of thousands of certificates with their PEM stays far below this many bytes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * An idle connection is dropped before servers commonly do so (5 s), for a request on a connection that the server
 * is closing is cut with its outcome unknown.
 */
const IDLE_MS = 4_000;

// node-fetch is an ES module: CommonJS reaches it by import() only.
const load = () => import("node-fetch");
let loaded: ReturnType<typeof load> | undefined;

export function createTransport(options: TransportOptions): Transport {
  const limiter = createLimiter(options.maxConcurrency);
  const agentOptions = { keepAlive: true, timeout: IDLE_MS, maxSockets: options.maxConcurrency };
  const agents = { "http:": new http.Agent(agentOptions), "https:": new https.Agent(agentOptions) };
  const agent = (url: URL) => (url.protocol === "http:" ? agents["http:"] : agents["https:"]);
  const abandoned = () => new TransportFailure("aborted", "no", "given up before it was sent");

  return {
    send(request, signal) {
      const work = () => exchange(request, { agent, timeoutMs: options.timeoutMs, signal });
      return limiter.run(work, signal === undefined ? undefined : { signal, abandoned });
    },
    close() {
      agents["http:"].destroy();
      agents["https:"].destroy();
    },
  };
}

interface ExchangeOptions {
  readonly agent: (url: URL) => http.Agent;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

async function exchange(request: HttpRequest, options: ExchangeOptions): Promise<HttpAnswer> {
  loaded ??= load();
  const { default: fetch } = await loaded;
  const { signal, timeoutMs } = options;
  const ending = new AbortController();
  const onAbort = () => ending.abort();
  const timer = setTimeout(onAbort, timeoutMs);
  signal?.addEventListener("abort", onAbort, { once: true });
  let headersSeen = false;
  try {
    if (signal?.aborted) throw new TransportFailure("aborted", "no", "given up before it was sent");
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers },
      body: request.body ?? null,
      agent: options.agent,
      redirect: "manual",
      size: MAX_BODY_BYTES,
      signal: ending.signal,
    });
    headersSeen = true;
    const text = await response.text();
    return { status: response.status, headers: response.headers.raw(), text };
  } catch (thrown) {
    if (thrown instanceof TransportFailure) throw thrown;
    if (signal?.aborted) throw new TransportFailure("aborted", "maybe", "given up before the answer was complete");
    if (ending.signal.aborted) throw new TransportFailure("timeout", "maybe", `no complete answer in ${timeoutMs} ms`);
    throw transportFailure(thrown, headersSeen);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
