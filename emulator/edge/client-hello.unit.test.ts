import { Duplex } from "node:stream";
import { connect } from "node:tls";
import { parseClientHello } from "./client-hello.ts";

/** The first bytes that Node's own TLS client sends. */
function helloOf(servername: string | undefined, maxVersion: "TLSv1.2" | "TLSv1.3" = "TLSv1.3"): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = new Duplex({
      read: () => undefined,
      write: (bytes: Buffer) => {
        resolve(bytes);
        socket.destroy();
      },
    });
    connect({ socket, maxVersion, ...(servername === undefined ? {} : { servername }) }).on("error", () => undefined);
  });
}

/** The same handshake message in records of at most `size` bytes. */
function inRecordsOf(size: number, hello: Buffer): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

test.each([
  ["TLS 1.3", "TLSv1.3"],
  ["TLS 1.2", "TLSv1.2"],
] as const)("the server name of a %s client is found, in lower case", async (_title, version) => {
  expect(parseClientHello(await helloOf("WWW.Example.com", version))).toEqual({
    kind: "hello",
    serverName: "www.example.com",
  });
});

test("a client may send no name", async () => {
  expect(parseClientHello(await helloOf(undefined))).toEqual({ kind: "hello", serverName: undefined });
});

test("a message in many small records is joined", async () => {
  const hello = inRecordsOf(7, await helloOf("www.example.com"));
  expect(parseClientHello(hello)).toMatchObject({ serverName: "www.example.com" });
});

test("every proper prefix is incomplete", async () => {
  const hello = await helloOf("www.example.com");
  for (let length = 0; length < hello.length; length++) {
    expect(parseClientHello(hello.subarray(0, length))).toEqual({ kind: "incomplete" });
  }
});

test.each([
  ["plain HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ["an alert", Buffer.from([21, 3, 3, 0, 2, 2, 112])],
  ["an empty record", Buffer.from([22, 3, 1, 0, 0])],
  ["a record above the limit", Buffer.from([22, 3, 1, 0xff, 0xff])],
  ["another handshake message", Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
  ["a hello without content", Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0])],
])("%s is not a ClientHello", (_title, bytes) => {
  expect(parseClientHello(bytes)).toEqual({ kind: "not-tls" });
});

test("a hello with any one byte changed is read without an exception", async () => {
  const hello = await helloOf("www.example.com");
  for (let at = 0; at < hello.length; at++) {
    const changed = Buffer.from(hello);
    changed[at] = 0xff;
    expect(["incomplete", "not-tls", "hello"]).toContain(parseClientHello(changed).kind);
  }
});
