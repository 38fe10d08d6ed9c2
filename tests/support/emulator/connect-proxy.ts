/**
 * A forward proxy that supports CONNECT, as in companies: with or without a user, by http:// or https://. On loopback.
 */
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

export interface ConnectProxy {
  /** `host:port`. */
  readonly address: string;
  /** Line and headers of every request, unchanged. */
  readonly asked: { readonly line: string; readonly headers: http.IncomingHttpHeaders }[];
  /** Number of open tunnels. */
  open(): number;
  close(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** `user:password` that it requires. */
  readonly credentials?: string;
  /** Key and certificate for https://. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Instead of a tunnel: a status, "silent", or "hang-up". Called for each request. */
  readonly refuse?: () => number | "silent" | "hang-up" | undefined;
  /** Where a target really is. Default: where its name points. */
  readonly route?: (target: string) => number | undefined;
}

export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const asked: ConnectProxy["asked"] = [];
  const sockets = new Set<Duplex>();
  const tunnels = new Set<Duplex>();
  const keep = (socket: Duplex) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).once("close", () => sockets.delete(socket));
  };
  const server = options.tls === undefined ? http.createServer() : https.createServer(options.tls);
  server.on("connection", keep).on("tlsClientError", () => undefined);
  server.on("request", (request, response) => {
    asked.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    response.writeHead(405).end();
  });
  server.on("connect", (request: http.IncomingMessage, client: Duplex, head: Buffer) => {
    keep(client);
    asked.push({ line: `CONNECT ${request.url}`, headers: request.headers });
    const refusal = options.refuse?.() ?? (isWelcome(request, options.credentials) ? undefined : 407);
    if (refusal === "silent") return;
    if (refusal === "hang-up") return client.destroy();
    if (refusal !== undefined) {
      const page = "<html>the proxy says no</html>";
      const lines = [`HTTP/1.1 ${refusal} No`, 'Proxy-Authenticate: Basic realm="x"', `Content-Length: ${page.length}`];
      return client.end(`${lines.join("\r\n")}\r\n\r\n${page}`);
    }
    const target = request.url ?? "";
    const url = new URL(`http://${target}`);
    const host = net.connect(options.route?.(target) ?? Number(url.port), "127.0.0.1");
    keep(host);
    host.once("connect", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      tunnels.add(client);
      client.once("close", () => tunnels.delete(client));
      host.write(head);
      client.pipe(host).pipe(client);
    });
    host.once("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    host.once("close", () => client.destroy());
    client.once("close", () => host.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    open: () => tunnels.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function isWelcome({ headers }: http.IncomingMessage, credentials: string | undefined): boolean {
  if (credentials === undefined) return true;
  return headers["proxy-authorization"] === `Basic ${Buffer.from(credentials).toString("base64")}`;
}
