import type { Server, Socket } from "node:net";

/** Listens on the loopback interface only. @returns the port, chosen by the system if 0 was requested */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.removeListener("error", reject);
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("the listener has no port"));
      else resolve(address.port);
    });
  });
}

/** Call before listening. @returns a function that closes the listener and every open connection */
export function listenerCloser(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
}
