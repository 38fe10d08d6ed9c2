/** Why no complete answer came, and whether the server may have acted all the same. */
export type TransportFailureKind =
  /** No connection: nobody listens, no route, the name does not resolve, or TLS was not agreed on. */
  | "refused"
  | "unresolved"
  | "tls"
  /** The connection was cut before the headers were complete. */
  | "reset"
  /** The time limit passed, anywhere between connecting and the last byte of the body. */
  | "timeout"
  /** Headers came, the body was cut. */
  | "truncated"
  | "aborted"
  /** What came is not HTTP, or its encoding is broken. */
  | "garbled";

export class TransportFailure extends Error {
  readonly kind: TransportFailureKind;
  /** "no": the request surely never left. "maybe": the server may have carried it out. */
  readonly sent: "no" | "maybe";

  constructor(kind: TransportFailureKind, sent: "no" | "maybe", detail: string) {
    super(detail);
    this.name = "TransportFailure";
    this.kind = kind;
    this.sent = sent;
  }
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

/** Codes that OpenSSL and Node give when the peer's certificate is not accepted: before any byte of the request. */
const CERTIFICATE_REFUSED =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA|CRL_)/;

/** Reads an error of the HTTP client by its code; `headersSeen` tells whether the answer had begun. */
export function transportFailure(thrown: unknown, headersSeen: boolean): TransportFailure {
  const code = codeOf(thrown);
  const early = BEFORE_SENDING[code];
  if (early !== undefined && !headersSeen) return new TransportFailure(early, "no", code);
  if (CERTIFICATE_REFUSED.test(code)) return new TransportFailure("tls", "no", code);
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) return new TransportFailure("tls", "maybe", code);
  if (code.startsWith("HPE_") || code.startsWith("Z_") || code === "max-size") {
    return new TransportFailure("garbled", "maybe", code);
  }
  return new TransportFailure(headersSeen ? "truncated" : "reset", "maybe", code);
}

/** The innermost code: node-fetch wraps the system's error, several addresses give an AggregateError. */
function codeOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return codeOf(thrown.errors[0]);
  if (thrown instanceof Error) {
    if ("code" in thrown && typeof thrown.code === "string" && thrown.code !== "") return thrown.code;
    if ("type" in thrown && typeof thrown.type === "string") return thrown.type;
    return thrown.name;
  }
  return "unknown";
}
