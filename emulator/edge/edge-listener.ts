import { createServer as createHttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { parseClientHello } from "./client-hello.ts";
import { listen, listenerCloser } from "./loopback.ts";
import { SecureContexts } from "./secure-contexts.ts";

/** A certificate as the edge serves it. PEM texts, decoded. */
export interface ServedCertificate {
  certificateId: number;
  certificatePem: string;
  /** Sent after the leaf exactly as given. May be empty. */
  chainPem: string;
  /** PKCS#1, SEC1 or PKCS#8, without passphrase. */
  keyPem: string;
}

export interface EdgeOptions {
  /** 0 for any free port. */
  port: number;
  /** Certificate of the published state for a host name in lower case; called once per connection. */
  lookup: (sni: string) => ServedCertificate | undefined;
}

export interface Edge {
  readonly port: number;
  close(): Promise<void>;
}

/** An idle client is disconnected after this time. */
const idleTimeoutMs = 60_000;
/** A ClientHello with post-quantum shares has about 1,800 bytes. */
const maxHelloBytes = 65_536;
/** RFC 6066 section 3: fatal alert 112. It is sent unencrypted, since no keys exist yet. */
const unrecognizedName = Buffer.from([21, 3, 3, 0, 2, 2, 112]);

/**
 * Starts the TLS listener of one network (ga or staging) on 127.0.0.1.
 *
 * The ClientHello is read before TLS starts: so one lookup decides what a connection sees, and a name without a
 * certificate is rejected with unrecognized_name, never served a default certificate.
 */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const contexts = new SecureContexts();
  const pages = createHttpServer((request, response) => {
    const page = pageOf.get(request.socket) ?? "";
    // Read to the end first, so that closing does not cut off a client that is still sending.
    request.resume();
    request.once("end", () => response.writeHead(200, { "content-type": "text/plain", connection: "close" }).end(page));
  });
  const pageOf = new WeakMap<Socket, string>();

  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.setTimeout(idleTimeoutMs, () => socket.destroy());
    // Aborted connections are normal at an edge.
    socket.on("error", () => socket.destroy());
    readServerName(socket, (name) => {
      const found = name === undefined ? undefined : find(name);
      if (found === undefined) {
        socket.end(unrecognizedName);
        socket.resume();
        return;
      }
      const tls = new TLSSocket(socket, { isServer: true, secureContext: found.context });
      tls.on("error", () => tls.destroy());
      tls.once("secure", () => {
        pageOf.set(tls, `${name} is served with certificate ${found.certificateId}\n`);
        pages.emit("connection", tls);
      });
    });
  });

  const find = (name: string): { certificateId: number; context: SecureContext } | undefined => {
    try {
      const served = options.lookup(name);
      return served && { certificateId: served.certificateId, context: contexts.get(served) };
    } catch {
      // Material that OpenSSL rejects cannot be served: the same as having none.
      return undefined;
    }
  };

  const closer = listenerCloser(server);
  return {
    port: await listen(server, options.port),
    close: async () => {
      pages.close();
      await closer();
    },
  };
}

/** Passes the name on once the ClientHello is complete, and puts the bytes back for TLS to read. */
function readServerName(socket: Socket, onName: (name: string | undefined) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const onReadable = () => {
    for (let piece: unknown = socket.read(); piece !== null; piece = socket.read()) {
      if (Buffer.isBuffer(piece)) bytes = bytes.length === 0 ? piece : Buffer.concat([bytes, piece]);
    }
    const hello = parseClientHello(bytes);
    if (hello.kind === "incomplete" && bytes.length < maxHelloBytes) return;
    socket.removeListener("readable", onReadable);
    if (hello.kind !== "hello") {
      socket.destroy();
      return;
    }
    socket.unshift(bytes);
    onName(hello.serverName);
  };
  socket.on("readable", onReadable);
  socket.once("end", () => socket.end());
}
