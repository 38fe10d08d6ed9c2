import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";
import { listen, listenerCloser } from "../edge/loopback.ts";
import type { CertificateAuthority } from "../issuance/ca.ts";
import { plainTarget, tunnelHost } from "./target.ts";

export interface ProxyOptions {
  /** 0 for any free port. */
  port: number;
  apiPort: number;
  /** Signs the certificates that the proxy serves; clients have to trust its root. */
  ca: CertificateAuthority;
}

export interface RunningProxy {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts the proxy through which unmodified clients with fixed host names reach the emulator: HTTPS_PROXY points here,
 * and the emulator's CA file is trusted. The content of a tunnel goes to the API byte for byte.
 */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const server = createServer((request, response) => forwardPlain(options.apiPort, request, response));
  server.on("connect", (request, client, head) => {
    client.on("error", () => client.destroy());
    openTunnel(options, { authority: request.url ?? "", client, head }).catch(() => client.destroy());
  });
  server.on("clientError", (_error, client) => client.destroy());
  // A client may keep a tunnel idle between two applies.
  server.keepAliveTimeout = 60_000;
  const close = listenerCloser(server);
  return { port: await listen(server, options.port), close };
}

interface Tunnel {
  readonly authority: string;
  readonly client: Duplex;
  /** Bytes that arrived together with the CONNECT request. */
  readonly head: Buffer;
}

async function openTunnel(options: ProxyOptions, tunnel: Tunnel): Promise<void> {
  const { authority, client, head } = tunnel;
  const host = tunnelHost(authority);
  if (host === undefined) {
    const text = `The proxy of the Qwilt emulator leads to *.cqloud.com:443 only, not to ${authority}.\n`;
    client.end(
      `HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    );
    return;
  }
  const { certificatePem, keyPem } = await options.ca.issueServer(host);
  client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
  if (head.length > 0) client.unshift(head);
  const secureContext = createSecureContext({ cert: certificatePem, key: keyPem });
  const near = new TLSSocket(client, { isServer: true, secureContext, ALPNProtocols: ["http/1.1"] });
  const far = connect({ host: "127.0.0.1", port: options.apiPort, noDelay: true });
  connectBoth(near, far);
}

/** Forwards bytes and ends in both directions; a connection that is cut on one side is cut on the other. */
function connectBoth(near: Duplex, far: Duplex): void {
  near.pipe(far);
  far.pipe(near);
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on("error", () => other.destroy());
    one.once("close", () => {
      // After a clean end the other side still has bytes to write; only a cut takes effect at once.
      if (!one.readableEnded) other.destroy();
    });
  }
}

/** A request in absolute form over plain HTTP: the same headers, in the same order, on one connection each. */
function forwardPlain(apiPort: number, request: IncomingMessage, response: ServerResponse): void {
  const target = plainTarget(request.url ?? "");
  if (target.kind !== "api") {
    request.resume();
    response.writeHead(target.kind === "foreign" ? 403 : 400, { "content-type": "text/plain" });
    response.end("The proxy of the Qwilt emulator takes CONNECT, and absolute requests, for *.cqloud.com only.\n");
    return;
  }
  const onward = httpRequest({
    host: "127.0.0.1",
    port: apiPort,
    method: request.method ?? "GET",
    path: target.path,
    headers: withoutProxyHeaders(request.rawHeaders),
    setHost: false,
    agent: false,
  });
  onward.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", withoutProxyHeaders(answer.rawHeaders));
    answer.pipe(response);
    answer.once("close", () => {
      // A truncated body stays truncated.
      if (!answer.complete) response.destroy();
    });
  });
  onward.on("error", () => response.destroy());
  response.once("close", () => onward.destroy());
  request.pipe(onward);
}

function withoutProxyHeaders(raw: readonly string[]): string[] {
  return raw.flatMap((name, at) =>
    at % 2 === 0 && !/^(?:proxy-|connection$|keep-alive$)/i.test(name) ? [name, raw[at + 1] ?? ""] : [],
  );
}
