/** A request without a complete response: what happened, whether the proxy caused it, and what to do. */
import { type Message, returned } from "./message.ts";
import { defineError } from "./qwilt-error.ts";
import { RUN_AGAIN, STACK_SETTINGS_OF_LAST_UP } from "./remedies.ts";
import type { ResponseDetails } from "./response-errors.ts";

/** See TransportFailureKind. */
type FailureKind = keyof typeof HAPPENED;

export interface NoResponseDetails {
  /** Method, path and query. */
  readonly request: string;
  /** Host of the service, with its port if it is not the default. */
  readonly host: string;
  readonly failure: FailureKind;
  /** A system code, or the proxy's response. */
  readonly cause: string;
  readonly attempts: number;
  /** undefined: the proxy is not involved. */
  readonly proxy: ProxyDetails | undefined;
  /** The endpoint is set in the stack's configuration, which may be that of the last `up`. */
  readonly endpointOfStack: boolean;
}

export interface ProxyDetails {
  /** `host:port` */
  readonly name: string;
  /** The variable that it is set in. */
  readonly variable: string;
  readonly hasUser: boolean;
  /** `host:port` that a tunnel was requested for. */
  readonly target: string | undefined;
  /** 0: it did not respond. */
  readonly status: number;
  /** The proxy's own certificate was not trusted. */
  readonly untrusted: boolean;
}

const HAPPENED = {
  refused: "refused the connection",
  unresolved: "could not be resolved",
  tls: "did not complete the TLS handshake",
  reset: "closed the connection before it responded",
  timeout: "did not respond completely in time",
  truncated: "closed the connection in the middle of its response",
  aborted: "had not responded when the run was interrupted",
  malformed: "sent a response that is not HTTP or cannot be decoded",
  proxy: "was not reached through the proxy",
  "proxy-denied": "was not reached through the proxy",
} as const;

function noResponse(details: NoResponseDetails, todo: string, changed = ""): Message {
  const { request, host, failure, cause, attempts, proxy } = details;
  const tries = attempts === 1 ? "" : `, in ${attempts} attempts`;
  return {
    what: `${host} ${HAPPENED[failure]} (${cause}${tries}).${changed}`,
    where: proxy === undefined ? request : `${request}, proxy ${proxy.name} (${proxy.variable})`,
    todo,
  };
}

export const outcomeUnknown = defineError("QWILT_OUTCOME_UNKNOWN", (details: NoResponseDetails) =>
  noResponse(
    details,
    "run `pulumi up` again: it checks the current state before it repeats anything",
    " The change may have been made.",
  ),
);

export const proxyFailed = defineError(
  "QWILT_PROXY_FAILED",
  (details: NoResponseDetails & { readonly proxy: ProxyDetails }) => noResponse(details, proxyRemedy(details)),
);

export const apiUnreachable = defineError("QWILT_API_UNREACHABLE", (details: NoResponseDetails) => {
  const stack = details.endpointOfStack ? `; ${STACK_SETTINGS_OF_LAST_UP}` : "";
  return noResponse(details, `${networkRemedy(details.failure)}${stack}`);
});

export type RequestTimedOutDetails =
  | ({ readonly side: "client" } & NoResponseDetails)
  /** Status 408. */
  | ({ readonly side: "server" } & ResponseDetails);

export const requestTimedOut = defineError("QWILT_REQUEST_TIMED_OUT", (details: RequestTimedOutDetails) => {
  if (details.side === "client") {
    return noResponse(
      details,
      "run the command again; raise qwilt:requestTimeoutMs if Qwilt takes that long to respond",
    );
  }
  const { request, status, serverText } = details;
  return {
    what: `Qwilt did not receive the complete request in time (${status}).${returned(serverText)}`,
    where: request,
    todo: "run the command again",
  };
});

export type InterruptedDetails =
  | { readonly during: "run" }
  | ({ readonly during: "request" } & NoResponseDetails)
  | {
      readonly during: "publish";
      readonly siteId: string;
      readonly target: string;
      readonly publishId: string;
      readonly waitedMs: number;
    }
  | {
      readonly during: "issuance";
      readonly templateId: number;
      readonly csrId: number | undefined;
      /** undefined: not read yet. */
      readonly signingState: string | undefined;
    };

export const interrupted = defineError("QWILT_INTERRUPTED", (details: InterruptedDetails): Message => {
  switch (details.during) {
    case "run":
      return { what: "The run was interrupted.", todo: RUN_AGAIN };
    case "request":
      return noResponse(details, RUN_AGAIN);
    case "publish":
      return {
        what: `The run was interrupted after it had waited ${Math.round(details.waitedMs / 1000)} s for the publish; the publish itself continues.`,
        where: `site ${details.siteId}, ${details.target}, publish ${details.publishId}`,
        todo: RUN_AGAIN,
      };
    case "issuance": {
      const { signingState: state } = details;
      return {
        what: `The run was interrupted while it waited for the certificate; Qwilt continues to process the signing request${state === undefined ? "" : ` (${state})`}.`,
        where: `template ${details.templateId}${details.csrId === undefined ? "" : `, signing request ${details.csrId}`}`,
        todo: "run `pulumi up` again: it continues with the same signing request",
      };
    }
  }
});

const CHECK_NETWORK = "check the network and qwilt:endpoint (QWILT_ENDPOINT), then run the command again";

function networkRemedy(failure: FailureKind): string {
  switch (failure) {
    case "tls":
      return "if a proxy of your company intercepts TLS, set NODE_EXTRA_CA_CERTS to the file of its CA; otherwise check qwilt:endpoint (QWILT_ENDPOINT)";
    case "unresolved":
      return `${CHECK_NETWORK}; where the internet is reached through a proxy, set HTTPS_PROXY`;
    default:
      return CHECK_NETWORK;
  }
}

function proxyRemedy({ host, proxy }: { readonly host: string; readonly proxy: ProxyDetails }): string {
  const { variable, target, status, untrusted, hasUser } = proxy;
  const hostname = new URL(`http://${host}`).hostname;
  const direct = `add ${hostname} to NO_PROXY if this machine reaches it without the proxy`;
  if (untrusted) return "set NODE_EXTRA_CA_CERTS to the file of the CA that signed the proxy's certificate";
  if (status === 407) {
    return `${hasUser ? "correct the user and password" : "add a user and password"} in ${variable} (http://USER:PASSWORD@HOST:PORT)`;
  }
  if (status >= 500 || status === 429) {
    return `ask the operator of the proxy whether it reaches ${target ?? host}, then run the command again`;
  }
  if (status > 0) return `have the proxy allow CONNECT to ${target ?? host}, or ${direct}`;
  return `check the address in ${variable} and that the proxy is running, or ${direct}`;
}
