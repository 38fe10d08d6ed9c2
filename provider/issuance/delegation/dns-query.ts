/** One DNS query over UDP. Node's own resolver does not return the TTL of a CNAME, which has to be checked. */
import { createSocket } from "node:dgram";
import { getServers } from "node:dns";
import { decode, encode, RECURSION_DESIRED, type RecordType } from "dns-packet";

export interface DnsAnswer {
  readonly name: string;
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  readonly data: unknown;
}

export type DnsOutcome =
  | { readonly kind: "answers"; readonly answers: readonly DnsAnswer[] }
  /** The name does not exist. */
  | { readonly kind: "no-name" }
  | { readonly kind: "error"; readonly why: string };

export interface DnsServer {
  /** `address` or `address:port`; undefined: this machine's first server. */
  readonly server: string | undefined;
  readonly timeoutMs: number;
  /** This machine's HTTP proxy, which DNS does not use; undefined: none is set. */
  readonly proxy?: string | undefined;
}

export function queryDns(name: string, type: RecordType, { server, timeoutMs }: DnsServer): Promise<DnsOutcome> {
  const at = server ?? getServers()[0];
  if (at === undefined) return Promise.resolve({ kind: "error", why: "no DNS server is configured on this machine" });
  const { host, port } = addressOf(at);
  const id = Math.floor(Math.random() * 65_535) + 1;
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    const end = (outcome: DnsOutcome) => {
      clearTimeout(limit);
      socket.close();
      resolve(outcome);
    };
    const limit = setTimeout(
      () => end({ kind: "error", why: `no response from ${at} within ${timeoutMs} ms` }),
      timeoutMs,
    );
    socket.once("error", (error) => end({ kind: "error", why: error.message }));
    socket.on("message", (bytes) => {
      const outcome = read(bytes, id);
      if (outcome !== undefined) end(outcome);
    });
    socket.send(encode({ type: "query", id, flags: RECURSION_DESIRED, questions: [{ type, name }] }), port, host);
  });
}

/** undefined if it is not the response to this query. */
function read(bytes: Buffer, id: number): DnsOutcome | undefined {
  try {
    const packet = decode(bytes) as ReturnType<typeof decode> & { readonly rcode?: string };
    if (packet.id !== id) return undefined;
    if (packet.rcode === "NXDOMAIN") return { kind: "no-name" };
    if (packet.rcode !== undefined && packet.rcode !== "NOERROR") return { kind: "error", why: packet.rcode };
    const answers = (packet.answers ?? []).flatMap((answer): DnsAnswer[] =>
      "ttl" in answer && "data" in answer
        ? [{ name: answer.name, type: answer.type, ttl: answer.ttl ?? 0, data: answer.data }]
        : [],
    );
    return { kind: "answers", answers };
  } catch {
    // A packet that cannot be parsed is ignored; the time limit applies.
    return undefined;
  }
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const found = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text);
  return found === null
    ? { host: text, port: 53 }
    : { host: found[1] ?? found[2] ?? text, port: Number(found[3] ?? 53) };
}
