/** Servers for what the emulator does not do: broken bytes, silence, cut connections. Loopback, any free port. */
import http from "node:http";
import net, { type AddressInfo } from "node:net";

export interface RawServer {
  readonly url: string;
  /** Connections accepted so far. */
  connections(): number;
  close(): Promise<void>;
}

export function serveHttp(listener: http.RequestListener): Promise<RawServer> {
  return listening(http.createServer(listener));
}

/** Calls back for each connection once the head of its request has arrived. */
export function serveBytes(answer: (socket: net.Socket, head: string) => void): Promise<RawServer> {
  return listening(
    net.createServer((socket) => {
      let head = "";
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => {
        head += chunk.toString("latin1");
        if (!head.includes("\r\n\r\n")) return;
        const complete = head;
        head = "";
        answer(socket, complete);
      });
    }),
  );
}

/** A port that nothing listens on. */
export async function closedPort(): Promise<number> {
  const server = await serveHttp(() => undefined);
  const port = Number(new URL(server.url).port);
  await server.close();
  return port;
}

async function listening(server: net.Server): Promise<RawServer> {
  const sockets = new Set<net.Socket>();
  let accepted = 0;
  server.on("connection", (socket) => {
    accepted++;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    connections: () => accepted,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
