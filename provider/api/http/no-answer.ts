/** The error of a request without a complete answer: what happened, whether it was the proxy, and what to do. */
import { STACK_SETTINGS_OF_LAST_UP } from "../../core/config.ts";
import { ApiError } from "./api-error.ts";
import type { HttpRequest } from "./transport.ts";
import type { ProxyRefusal, TransportFailure, TransportFailureKind } from "./transport-failure.ts";

/** How messages and the log name a request: method, path and query, which hold no secret. */
export function nameOf(request: Pick<HttpRequest, "method" | "url">): string {
  const { pathname, search } = new URL(request.url);
  return `${request.method} ${pathname}${search}`;
}

const HAPPENED: Readonly<Record<TransportFailureKind, string>> = {
  refused: "did not accept the connection",
  unresolved: "could not be found by its name",
  tls: "did not agree on a secure connection",
  reset: "cut the connection before answering",
  timeout: "did not answer completely in time",
  truncated: "cut the connection in the middle of its answer",
  aborted: "was not waited for, the run was interrupted",
  malformed: "answered something that is not HTTP or cannot be decoded",
  proxy: "was not reached through the proxy",
  "proxy-denied": "was not reached through the proxy",
};

export interface Unanswered {
  readonly request: HttpRequest;
  readonly failure: TransportFailure;
  readonly attempts: number;
  readonly before: "nothing" | "maybe-done";
  /** The endpoint is of the stack's configuration, which some commands get as it was at the last `up`. */
  readonly endpointOfStack: boolean;
}

export function noAnswer({ request, failure, attempts, before, endpointOfStack }: Unanswered): ApiError {
  const { host, hostname } = new URL(request.url);
  const tries = attempts === 1 ? "" : `, in ${attempts} attempts`;
  const { refusal } = failure;
  const proxy = refusal === undefined ? "" : `, proxy ${refusal.proxy.name} (${refusal.proxy.variable})`;
  const parts = {
    what: `${host} ${HAPPENED[failure.kind]} (${failure.message}${tries}).`,
    where: `${nameOf(request)}${proxy}`,
    reading: request.method === "GET",
    cause: failure,
  };
  if (request.method !== "GET" && (failure.sent === "maybe" || before === "maybe-done")) {
    return new ApiError({
      ...parts,
      code: "QWILT_OUTCOME_UNKNOWN",
      what: `${parts.what} The change may have been made.`,
      todo: "run `pulumi up` again: it looks at what is there before it repeats anything",
      outcome: "unknown",
    });
  }
  if (refusal !== undefined) {
    return new ApiError({
      ...parts,
      code: "QWILT_PROXY_FAILED",
      todo: proxyRemedy(refusal, hostname),
      outcome: "not-done",
    });
  }
  switch (failure.kind) {
    case "aborted":
      return new ApiError({
        ...parts,
        code: "QWILT_INTERRUPTED",
        todo: "run `pulumi up` again: it goes on from what is there",
        outcome: "not-done",
      });
    case "timeout":
      return new ApiError({
        ...parts,
        code: "QWILT_REQUEST_TIMED_OUT",
        todo: "run the command again; raise qwilt:requestTimeoutMs if the service is that slow",
        outcome: "not-done",
      });
    default:
      return new ApiError({
        ...parts,
        code: "QWILT_API_UNREACHABLE",
        todo: `${REMEDIES[failure.kind] ?? CHECK_NETWORK}${endpointOfStack ? `; ${STACK_SETTINGS_OF_LAST_UP}` : ""}`,
        outcome: "not-done",
      });
  }
}

const CHECK_NETWORK = "check the network and qwilt:endpoint (QWILT_ENDPOINT), then run the command again";
const REMEDIES: Readonly<Partial<Record<TransportFailureKind, string>>> = {
  tls: "if a proxy of your company ends TLS, name the file of its CA in NODE_EXTRA_CA_CERTS; otherwise check qwilt:endpoint (QWILT_ENDPOINT)",
  unresolved: `${CHECK_NETWORK}; where the way out is a proxy, set HTTPS_PROXY`,
};

function proxyRemedy({ proxy, target, status, untrusted }: ProxyRefusal, host: string): string {
  if (untrusted) return "name the file of the CA that signed the proxy's certificate in NODE_EXTRA_CA_CERTS";
  if (status === 407) {
    const now = proxy.authorization === undefined ? "put user and password" : "correct user and password";
    return `${now} in ${proxy.variable} (http://USER:PASSWORD@HOST:PORT)`;
  }
  if (status >= 500 || status === 429) return `ask who runs the proxy whether it reaches ${target}, then run again`;
  if (status > 0) {
    return `have the proxy allow CONNECT to ${target}, or name ${host} in NO_PROXY if this machine reaches it without`;
  }
  return `check the address in ${proxy.variable} and that the proxy runs, or name ${host} in NO_PROXY if this machine reaches it without`;
}
