import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { connect } from "node:net";
import { type DecodedPacket, decode, encode, type Packet, streamEncode } from "dns-packet";
import { type DnsServer, startDns } from "../../emulator/dns/dns-server.ts";
import { DnsZone } from "../../emulator/dns/dns-zone.ts";

const zone = new DnsZone();
let server: DnsServer;
let resolver: Resolver;

beforeAll(async () => {
  server = await startDns({ port: 0, zone });
  resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.port}`]);
});
afterAll(() => server.close());
beforeEach(() => zone.restore({ records: [], faults: [] }));

test("a resolver reads every type, and follows an alias to its records", async () => {
  zone.put("www.example.com", { type: "CNAME", value: "edge.example.net.", ttl: 3600 });
  zone.put("edge.example.net", { type: "A", value: "192.0.2.1", ttl: 60 });
  zone.put("edge.example.net", { type: "AAAA", value: "2001:db8::1", ttl: 60 });
  zone.put("edge.example.net", { type: "TXT", value: "t".repeat(300), ttl: 60 });
  zone.put("edge.example.net", { type: "CAA", value: '0 issue "ca.example.net"', ttl: 60 });
  expect(await resolver.resolveCname("www.example.com")).toEqual(["edge.example.net"]);
  expect(await resolver.resolve4("WWW.example.com", { ttl: true })).toEqual([{ address: "192.0.2.1", ttl: 60 }]);
  expect(await resolver.resolve6("www.example.com")).toEqual(["2001:db8::1"]);
  expect(await resolver.resolveTxt("www.example.com")).toEqual([["t".repeat(255), "t".repeat(45)]]);
  expect(await resolver.resolveCaa("edge.example.net")).toMatchObject([{ critical: 0, issue: "ca.example.net" }]);
});

test("a missing name, a missing type and a failing name are distinguished", async () => {
  zone.put("edge.example.net", { type: "A", value: "192.0.2.1", ttl: 60 });
  zone.setFault("broken.example.net", "SERVFAIL");
  await expect(resolver.resolve4("nobody.example.net")).rejects.toMatchObject({ code: "ENOTFOUND" });
  await expect(resolver.resolve6("edge.example.net")).rejects.toMatchObject({ code: "ENODATA" });
  await expect(resolver.resolve4("broken.example.net")).rejects.toMatchObject({ code: "ESERVFAIL" });
});

test("a type that the zone cannot hold is NODATA for a name that exists", async () => {
  zone.put("edge.example.net", { type: "A", value: "192.0.2.1", ttl: 60 });
  await expect(resolver.resolveMx("edge.example.net")).rejects.toMatchObject({ code: "ENODATA" });
  await expect(resolver.resolveMx("nobody.example.net")).rejects.toMatchObject({ code: "ENOTFOUND" });
});

test("responses are authoritative, and keep the id and the case of the query", async () => {
  zone.put("edge.example.net", { type: "A", value: "192.0.2.1", ttl: 60 });
  const answer = await overUdp(question("eDGe.example.NET", { id: 4711 }));
  expect(answer).toMatchObject({ id: 4711, flag_aa: true, flag_qr: true, rcode: "NOERROR" });
  expect(answer.answers).toMatchObject([{ name: "eDGe.example.NET", type: "A", data: "192.0.2.1" }]);
});

test("what does not fit into UDP comes over TCP", async () => {
  for (let i = 0; i < 20; i++) zone.add("big.example.net", { type: "TXT", value: `${i} ${"x".repeat(100)}`, ttl: 1 });
  expect(await overUdp(question("big.example.net", { type: "TXT" }))).toMatchObject({ flag_tc: true, answers: [] });
  const [answer] = await overTcp([streamEncode(query("big.example.net", { type: "TXT" }))], 1);
  expect(answer?.answers).toHaveLength(20);
  expect(await resolver.resolveTxt("big.example.net")).toHaveLength(20);
});

test("several queries on one TCP connection, cut anywhere, are all answered", async () => {
  zone.put("edge.example.net", { type: "A", value: "192.0.2.1", ttl: 60 });
  const bytes = Buffer.concat([1, 2, 3].map((id) => streamEncode(query("edge.example.net", { id }))));
  const answers = await overTcp([bytes.subarray(0, 1), bytes.subarray(1, 50), bytes.subarray(50)], 3);
  expect(answers.map(({ id }) => id)).toEqual([1, 2, 3]);
});

test.each<[string, Packet, string]>([
  ["another operation", { type: "query", flags: 4 << 11, questions: [{ type: "A", name: "a.example" }] }, "NOTIMP"],
  ["no question", { type: "query", questions: [] }, "FORMERR"],
  ["another class", { type: "query", questions: [{ type: "A", name: "a.example", class: "CH" }] }, "REFUSED"],
])("%s is refused", async (_title, packet, rcode) => {
  expect(await overUdp(encode({ id: 1, ...packet }))).toMatchObject({ rcode });
});

test("garbage and responses get no response, and the server keeps running", async () => {
  zone.put("edge.example.net", { type: "A", value: "192.0.2.1", ttl: 60 });
  zone.setFault("quiet.example.net", "silent");
  const good = question("edge.example.net", { id: 9 });
  const silent = [
    Buffer.alloc(0),
    Buffer.from("hello"),
    good.subarray(0, 20),
    Buffer.alloc(512, 0xc0),
    encode({ type: "response", id: 8, questions: [{ type: "A", name: "edge.example.net" }] }),
    question("quiet.example.net", { id: 7 }),
  ];
  expect((await overUdp(...silent, good)).id).toBe(9);
});

test("ten servers on free ports have UDP and TCP on the same number", async () => {
  const servers = await Promise.all(Array.from({ length: 10 }, () => startDns({ port: 0, zone })));
  expect(new Set(servers.map(({ port }) => port)).size).toBe(10);
  await Promise.all(servers.map((one) => one.close()));
});

test("a port that is in use is reported", async () => {
  await expect(startDns({ port: server.port, zone })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

function query(name: string, { id = 1, type = "A" as "A" | "TXT" } = {}): Packet {
  return { type: "query", id, questions: [{ type, name }] };
}

function question(name: string, options = {}): Buffer {
  return encode(query(name, options));
}

/** Sends all messages, in order. @returns the first response to any of them */
function overUdp(...messages: Buffer[]): Promise<DecodedPacket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4").on("error", reject);
    socket.once("message", (bytes) => {
      socket.close();
      resolve(decode(bytes));
    });
    for (const message of messages) socket.send(message, server.port, "127.0.0.1");
  });
}

function overTcp(pieces: Buffer[], expected: number): Promise<DecodedPacket[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1").setNoDelay(true).on("error", reject);
    const send = (at: number): void => {
      const piece = pieces[at];
      if (piece !== undefined) socket.write(piece, () => setImmediate(send, at + 1));
    };
    send(0);
    let bytes = Buffer.alloc(0);
    const answers: DecodedPacket[] = [];
    socket.on("data", (piece) => {
      bytes = Buffer.concat([bytes, piece]);
      while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
        const end = 2 + bytes.readUInt16BE(0);
        answers.push(decode(bytes.subarray(2, end)));
        bytes = bytes.subarray(end);
      }
      if (answers.length < expected) return;
      socket.destroy();
      resolve(answers);
    });
  });
}
