/**
 * What the edge really serves: a TLS handshake with a host name as SNI. The only proof that does not rely on Qwilt's
 * API.
 */
import { connect, type DetailedPeerCertificate, type TLSSocket } from "node:tls";

export interface HandshakeOptions {
  /** `host` or `host:port`; the default port is 443. */
  readonly address: string;
  readonly serverName: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export type Handshake =
  | { readonly kind: "served"; readonly fingerprint: string; readonly issuers: readonly string[] }
  /** The edge responded, and has no certificate for this name. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "unreachable"; readonly why: string };

export function probeTls(options: HandshakeOptions): Promise<Handshake> {
  const { host, port } = parseAddress(options.address);
  return new Promise((resolve) => {
    let connected = false;
    let socket: TLSSocket | undefined;
    const end = (outcome: Handshake) => {
      clearTimeout(limit);
      options.signal?.removeEventListener("abort", interrupted);
      socket?.destroy();
      resolve(outcome);
    };
    const interrupted = () => end({ kind: "unreachable", why: "the run was interrupted" });
    const limit = setTimeout(
      () => end({ kind: "unreachable", why: `no response within ${options.timeoutMs} ms` }),
      options.timeoutMs,
    );
    options.signal?.addEventListener("abort", interrupted, { once: true });
    // Whether the chain is trusted does not matter here: the fingerprint identifies the certificate.
    socket = connect({ host, port, servername: options.serverName, rejectUnauthorized: false });
    socket.once("connect", () => {
      connected = true;
    });
    socket.once("secureConnect", () => {
      const [fingerprint, ...issuers] = chainOf(socket?.getPeerCertificate(true));
      end(
        fingerprint === undefined
          ? { kind: "refused", why: "no certificate was sent" }
          : { kind: "served", fingerprint, issuers },
      );
    });
    socket.once("error", (error) => end({ kind: connected ? "refused" : "unreachable", why: reasonOf(error) }));
    socket.once("close", () => end({ kind: connected ? "refused" : "unreachable", why: "the connection was closed" }));
  });
}

/** SHA-256 of the leaf and of the intermediates that were sent. The root is left out: not every edge sends it. */
function chainOf(leaf: DetailedPeerCertificate | undefined): string[] {
  const chain: string[] = [];
  let one = leaf;
  while (one?.fingerprint256 !== undefined && !chain.includes(hexOnly(one.fingerprint256))) {
    const isRoot = one.issuerCertificate?.fingerprint256 === one.fingerprint256;
    if (chain.length === 0 || !isRoot) chain.push(hexOnly(one.fingerprint256));
    if (isRoot) break;
    one = one.issuerCertificate;
  }
  return chain;
}

const hexOnly = (fingerprint: string) => fingerprint.replaceAll(":", "").toLowerCase();

/** OpenSSL's message begins with numbers and ends with a source location; only the reason is for people. */
function reasonOf(error: Error): string {
  return "reason" in error && typeof error.reason === "string" ? error.reason : error.message;
}

export function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const found = /^(\[.+\]|[^:]+)(?::(\d+))?$/.exec(address);
  const host = (found?.[1] ?? address).replace(/^\[|\]$/g, "");
  return { host, port: Number(found?.[2] ?? 443) };
}
