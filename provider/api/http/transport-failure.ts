import type { ForwardProxy } from "../../core/proxies.ts";

/** Why there was no complete response, and whether the server may have carried out the request anyway. */
export type TransportFailureKind =
  /**
   * No connection: nothing listens there, there is no route, the name does not resolve, or the TLS handshake failed.
   */
  | "refused"
  | "unresolved"
  | "tls"
  /** The connection was cut before the headers were complete. */
  | "reset"
  /** The time limit passed, anywhere between connecting and the last byte of the body. */
  | "timeout"
  /** The headers arrived, but the body was cut off. */
  | "truncated"
  | "aborted"
  /** The proxy could not be reached, or did not open a tunnel: the request did not reach the host. */
  | "proxy"
  /** The proxy rejected the tunnel permanently, for example because it requires a password. */
  | "proxy-denied"
  /** The response is not HTTP, or its encoding is broken. */
  | "malformed";

export class TransportFailure extends Error {
  readonly kind: TransportFailureKind;
  /** "no": the request was certainly not sent. "maybe": the server may have carried it out. */
  readonly sent: "no" | "maybe";

  /** What the proxy did, if the failure was the proxy's. */
  readonly refusal: ProxyRefusal | undefined;

  constructor(kind: TransportFailureKind, sent: "no" | "maybe", detail: string, refusal?: ProxyRefusal) {
    super(detail);
    this.name = "TransportFailure";
    this.kind = kind;
    this.sent = sent;
    this.refusal = refusal;
  }
}

export interface ProxyRefusal {
  readonly proxy: ForwardProxy;
  /** `host:port` that a tunnel was requested for; undefined if the time limit passed before that. */
  readonly target?: string;
  /** Of the proxy's response; 0: there was none. */
  readonly status: number;
  /** The certificate of the proxy itself, which is reached by https://, was not trusted. */
  readonly untrusted?: boolean;
}

/** Temporary statuses of a proxy: it is overloaded, or could not reach the host. */
const PROXY_MAY_PASS = [408, 425, 429, 500, 502, 503, 504];

/** Any failure before the tunnel was open. */
export function proxyFailure(thrown: unknown, asked: Omit<ProxyRefusal, "untrusted">): TransportFailure {
  if (asked.status > 0) {
    const kind = PROXY_MAY_PASS.includes(asked.status) ? "proxy" : "proxy-denied";
    return new TransportFailure(kind, "no", `status ${asked.status} of the proxy`, asked);
  }
  const code = codeOf(thrown);
  const untrusted = CERTIFICATE_REFUSED.test(code);
  const why = code === "Error" ? "it closed the connection or is not an HTTP proxy" : code;
  return new TransportFailure(untrusted ? "proxy-denied" : "proxy", "no", why, { ...asked, untrusted });
}

const BEFORE_SENDING: Readonly<Record<string, TransportFailureKind>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  ENETUNREACH: "refused",
  EHOSTDOWN: "refused",
  EADDRNOTAVAIL: "refused",
  ENOTFOUND: "unresolved",
  EAI_AGAIN: "unresolved",
};

/** Codes of OpenSSL and Node for an untrusted peer certificate; no byte of the request has been sent then. */
const CERTIFICATE_REFUSED =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA|CRL_)/;

/** Classifies an error of the HTTP client by its code. `headersSeen`: the response had begun. */
export function transportFailure(thrown: unknown, headersSeen: boolean): TransportFailure {
  const code = codeOf(thrown);
  const early = BEFORE_SENDING[code];
  if (early !== undefined && !headersSeen) return new TransportFailure(early, "no", code);
  if (CERTIFICATE_REFUSED.test(code)) return new TransportFailure("tls", "no", code);
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) return new TransportFailure("tls", "maybe", code);
  if (code.startsWith("HPE_") || code.startsWith("Z_") || code === "max-size") {
    return new TransportFailure("malformed", "maybe", code);
  }
  return new TransportFailure(headersSeen ? "truncated" : "reset", "maybe", code);
}

/** The innermost code: node-fetch wraps the system's error, and several addresses give an AggregateError. */
function codeOf(thrown: unknown): string {
  if (typeof thrown !== "object" || thrown === null) return "unknown";
  if ("errors" in thrown && Array.isArray(thrown.errors) && thrown.errors.length > 0) return codeOf(thrown.errors[0]);
  const texts = ["code", "type", "name"].map((key): unknown => Reflect.get(thrown, key));
  return texts.filter((text) => typeof text === "string").find((text) => text !== "") ?? "unknown";
}
