/** The error of a request without a complete response. */
import {
  apiUnreachable,
  interrupted,
  type NoResponseDetails,
  outcomeUnknown,
  type ProxyDetails,
  proxyFailed,
  requestTimedOut,
} from "../../core/errors/no-response-errors.ts";
import type { CallFacts, QwiltError } from "../../core/errors/qwilt-error.ts";
import type { HttpRequest } from "./transport.ts";
import type { ProxyRefusal, TransportFailure } from "./transport-failure.ts";

/** How messages and the log name a request: method, path and query, which hold no secret. */
export function nameOf(request: Pick<HttpRequest, "method" | "url">): string {
  const { pathname, search } = new URL(request.url);
  return `${request.method} ${pathname}${search}`;
}

export interface Unanswered {
  readonly request: HttpRequest;
  readonly failure: TransportFailure;
  readonly attempts: number;
  readonly before: "nothing" | "maybe-done";
  /**
   * The endpoint comes from the stack's configuration; some commands receive that configuration as of the last `up`.
   */
  readonly endpointOfStack: boolean;
}

export function noAnswer({ request, failure, attempts, before, endpointOfStack }: Unanswered): QwiltError {
  const { refusal } = failure;
  const proxy = refusal === undefined ? undefined : proxyDetails(refusal);
  const details: NoResponseDetails = {
    request: nameOf(request),
    host: new URL(request.url).host,
    failure: failure.kind,
    cause: failure.message,
    attempts,
    proxy,
    endpointOfStack,
  };
  const reading = request.method === "GET";
  const isUnknown = !reading && (failure.sent === "maybe" || before === "maybe-done");
  const call: CallFacts = { outcome: isUnknown ? "unknown" : "not-done", reading };
  const options = { cause: failure, call };
  if (isUnknown) return outcomeUnknown(details, options);
  if (proxy !== undefined) return proxyFailed({ ...details, proxy }, options);
  switch (failure.kind) {
    case "aborted":
      return interrupted({ during: "request", ...details }, options);
    case "timeout":
      return requestTimedOut({ side: "client", ...details }, options);
    default:
      return apiUnreachable(details, options);
  }
}

/** Without the proxy's credentials. */
function proxyDetails({ proxy, target, status, untrusted }: ProxyRefusal): ProxyDetails {
  const { name, variable, authorization } = proxy;
  return { name, variable, hasUser: authorization !== undefined, target, status, untrusted: untrusted === true };
}
