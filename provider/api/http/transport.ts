/** Sends bytes: the only place that knows the HTTP client. One transport serves a whole process. */
import http from "node:http";
import https from "node:https";
import { type ForwardProxy, type ProxySettings, proxyFor } from "../../core/proxies.ts";
import { createLimiter } from "./semaphore.ts";
import { TransportFailure, transportFailure } from "./transport-failure.ts";
import { createTunnels, type Passage, type Tunnels } from "./tunnels.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Absolute URL. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; every value of a repeated header. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly text: string;
}

export interface Transport {
  /**
   * Resolves with any status; redirects are returned too, since a login is a 302 (docs/qwilt-api.md 2.3).
   *
   * @param signal aborts the request, also while it waits for a slot
   * @throws TransportFailure if there is no complete response
   */
  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse>;
  /** Closes idle connections. */
  close(): void;
}

export interface TransportOptions {
  /** Time limit of one request in milliseconds, from its slot to the last byte of the body. */
  readonly timeoutMs: number;
  /** Concurrent requests; the others wait in order. */
  readonly maxConcurrency: number;
  /** Default: every host is reached directly. */
  readonly proxyFor?: (url: URL) => ForwardProxy | undefined;
}

/** The proxy for a URL by the settings of this machine. Unusable settings were rejected with the configuration. */
export function proxyOf(settings: ProxySettings): (url: URL) => ForwardProxy | undefined {
  return (url) => {
    const proxy = proxyFor(url, settings);
    return proxy !== undefined && "url" in proxy ? proxy : undefined;
  };
}

/** A list of thousands of certificates with their PEM stays far below this. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Idle connections are dropped before servers commonly close them (5 s): a request on a connection that the server is
 * closing fails with an unknown outcome.
 */
const IDLE_MS = 4_000;

// node-fetch is an ES module, which CommonJS can only load with import().
const load = () => import("node-fetch");
let loaded: ReturnType<typeof load> | undefined;

export function createTransport(options: TransportOptions): Transport {
  const limiter = createLimiter(options.maxConcurrency);
  const agentOptions = { keepAlive: true, timeout: IDLE_MS, maxSockets: options.maxConcurrency };
  const agents = { "http:": new http.Agent(agentOptions), "https:": new https.Agent(agentOptions) };
  const tunnels = createTunnels(agentOptions);
  const agent = (url: URL) => {
    const proxy = options.proxyFor?.(url);
    return proxy === undefined ? agents[url.protocol === "http:" ? "http:" : "https:"] : tunnels.agentFor(proxy);
  };
  const abandoned = () => new TransportFailure("aborted", "no", "given up before it was sent");

  return {
    send(request, signal) {
      const work = () => exchange(request, { agent, tunnels, timeoutMs: options.timeoutMs, signal });
      return limiter.run(work, signal === undefined ? undefined : { signal, abandoned });
    },
    close() {
      agents["http:"].destroy();
      agents["https:"].destroy();
      tunnels.close();
    },
  };
}

interface ExchangeOptions {
  readonly agent: (url: URL) => http.Agent | Promise<http.Agent>;
  readonly tunnels: Tunnels;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

async function exchange(request: HttpRequest, options: ExchangeOptions): Promise<HttpResponse> {
  loaded ??= load();
  const { default: fetch } = await loaded;
  const { signal, timeoutMs } = options;
  const ending = new AbortController();
  const onAbort = () => ending.abort();
  const timer = setTimeout(onAbort, timeoutMs);
  signal?.addEventListener("abort", onAbort, { once: true });
  const passage: Passage = { signal: ending.signal, asking: undefined, failure: undefined };
  let headersSeen = false;
  try {
    const agent = await options.agent(new URL(request.url));
    if (signal?.aborted) throw new TransportFailure("aborted", "no", "given up before it was sent");
    const response = await options.tunnels.within(passage, () =>
      fetch(request.url, {
        method: request.method,
        headers: { ...request.headers },
        body: request.body ?? null,
        agent,
        redirect: "manual",
        size: MAX_BODY_BYTES,
        signal: ending.signal,
      }),
    );
    headersSeen = true;
    const text = await response.text();
    return { status: response.status, headers: response.headers.raw(), text };
  } catch (thrown) {
    if (thrown instanceof TransportFailure) throw thrown;
    const { asking: proxy } = passage;
    if (signal?.aborted) {
      const sent = proxy === undefined ? "maybe" : "no";
      throw new TransportFailure("aborted", sent, "aborted before the response was complete");
    }
    if (ending.signal.aborted && proxy !== undefined) {
      throw new TransportFailure("proxy", "no", `no tunnel in ${timeoutMs} ms`, { proxy, status: 0 });
    }
    if (ending.signal.aborted)
      throw new TransportFailure("timeout", "maybe", `no complete response within ${timeoutMs} ms`);
    if (passage.failure !== undefined) throw passage.failure;
    throw transportFailure(thrown, headersSeen);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
