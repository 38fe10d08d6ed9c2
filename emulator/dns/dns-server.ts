import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import { type DecodedPacket, decode, encode } from "dns-packet";
import { listen, listenerCloser } from "../edge/loopback.ts";
import { answerQuery, encodeForUdp } from "./dns-message.ts";
import type { DnsZone } from "./dns-zone.ts";

export interface DnsOptions {
  /** 0 for any port that is free for both UDP and TCP. */
  port: number;
  zone: DnsZone;
}

export interface DnsServer {
  readonly port: number;
  close(): Promise<void>;
}

const tcpIdleMs = 10_000;
const attempts = 20;

/** Starts the name server on 127.0.0.1, UDP and TCP on the same port number. */
export async function startDns({ port, zone }: DnsOptions): Promise<DnsServer> {
  const tcp = createServer((socket) => serveStream(zone, socket));
  const closeTcp = listenerCloser(tcp);
  const bound = await listenBoth(tcp, port);
  bound.udp.on("message", (bytes, from) => {
    const query = decodeOrIgnore(bytes);
    if (query === undefined) return;
    const response = answerQuery(zone, query);
    if (response !== undefined) bound.udp.send(encodeForUdp(query, response), from.port, from.address);
  });
  // On some systems, a client that disconnected makes the next send fail.
  bound.udp.on("error", () => undefined);
  return {
    port: bound.port,
    close: async () => {
      await Promise.all([closeTcp(), new Promise<void>((resolve) => bound.udp.close(() => resolve()))]);
    },
  };
}

/** The system chooses a port that is free for TCP; if UDP is taken there, another one is tried. */
async function listenBoth(tcp: Server, wanted: number): Promise<{ port: number; udp: UdpSocket }> {
  for (let attempt = 1; ; attempt++) {
    const port = await listen(tcp, wanted);
    try {
      return { port, udp: await bindUdp(port) };
    } catch (error) {
      await new Promise((resolve) => tcp.close(resolve));
      if (wanted !== 0 || attempt === attempts) throw error;
    }
  }
}

function bindUdp(port: number): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const udp = createSocket("udp4");
    udp.once("error", reject);
    udp.bind(port, "127.0.0.1", () => {
      udp.removeListener("error", reject);
      resolve(udp);
    });
  });
}

/** Messages over TCP follow a length of two bytes, and may arrive in any pieces (RFC 7766). */
function serveStream(zone: DnsZone, socket: Socket): void {
  let bytes: Buffer = Buffer.alloc(0);
  socket.setTimeout(tcpIdleMs, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (piece) => {
    bytes = Buffer.concat([bytes, piece]);
    while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
      const end = 2 + bytes.readUInt16BE(0);
      const query = decodeOrIgnore(bytes.subarray(2, end));
      bytes = bytes.subarray(end);
      if (query === undefined) {
        socket.destroy();
        return;
      }
      const response = answerQuery(zone, query);
      if (response === undefined) continue;
      const message = encode(response);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      socket.write(Buffer.concat([length, message]));
    }
  });
}

/** Anybody can send anything to a name server: unreadable messages get no response. */
function decodeOrIgnore(bytes: Buffer): DecodedPacket | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}
