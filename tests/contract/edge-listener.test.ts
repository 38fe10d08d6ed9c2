import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { type AddressInfo, connect as connectTcp, createServer } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import { type Edge, type ServedCertificate, startEdge } from "../../emulator/edge/edge-listener.ts";
import { PROMPT_MS } from "../support/prompt.ts";
import { ellipticMaterial, type Material, openTls, type Seen, selfSigned } from "./edge-support.ts";

const served = new Map<string, ServedCertificate>();
let edge: Edge;

beforeAll(async () => {
  edge = await startEdge({ port: 0, lookup: (sni) => served.get(sni) });
});
afterAll(() => edge.close());
beforeEach(() => served.clear());

test.each([
  ["RSA in PKCS#8", generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey, "pkcs8"],
  ["RSA in PKCS#1", generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey, "pkcs1"],
  ["EC P-256 in SEC1", generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey, "sec1"],
  ["EC P-256 in PKCS#8", generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey, "pkcs8"],
  ["EC P-384 in PKCS#8", generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey, "pkcs8"],
  ["Ed25519 in PKCS#8", generateKeyPairSync("ed25519").privateKey, "pkcs8"],
  ["weak RSA-1024", generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey, "pkcs8"],
] as const)("a certificate with a key of kind %s is served", async (_title, key, format) => {
  const made = asServed(1, selfSigned("www.example.com", key, format));
  served.set("www.example.com", made.served);
  expect((await handshake("www.example.com")).fingerprint).toBe(made.fingerprint);
});

test("a key behind an EC PARAMETERS block is served", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const made = asServed(1, selfSigned("www.example.com", privateKey, "sec1"));
  const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  served.set("www.example.com", { ...made.served, keyPem: parameters + made.served.keyPem });
  expect((await handshake("www.example.com")).fingerprint).toBe(made.fingerprint);
});

test("the server name is looked up in lower case", async () => {
  const made = elliptic(1, "www.example.com");
  served.set("www.example.com", made.served);
  expect((await handshake("WWW.Example.COM")).fingerprint).toBe(made.fingerprint);
});

test("the chain follows the leaf as given", async () => {
  const made = elliptic(1, "www.example.com");
  const other = elliptic(2, "issuer.example.com");
  served.set("www.example.com", { ...made.served, chainPem: other.served.certificatePem });
  const seen = await openssl(
    "s_client",
    "-connect",
    `127.0.0.1:${edge.port}`,
    "-servername",
    "www.example.com",
    "-showcerts",
  );
  expect(seen.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n/g)).toEqual([
    made.served.certificatePem,
    other.served.certificatePem,
  ]);
});

test.each([
  ["a name without certificate", { servername: "nobody.example.com" }],
  ["a name without certificate over TLS 1.2", { servername: "nobody.example.com", maxVersion: "TLSv1.2" }],
  ["a client without SNI", {}],
] as const)("%s is rejected with unrecognized_name", async (_title, options) => {
  served.set("www.example.com", elliptic(1, "www.example.com").served);
  await expect(open(options)).rejects.toMatchObject({ code: "ERR_SSL_TLSV1_UNRECOGNIZED_NAME" });
});

test("a certificate whose key does not match is rejected like a missing one", async () => {
  const { keyPem } = elliptic(2, "www.example.com").served;
  served.set("www.example.com", { ...elliptic(1, "www.example.com").served, keyPem });
  await expect(handshake("www.example.com")).rejects.toMatchObject({ code: "ERR_SSL_TLSV1_UNRECOGNIZED_NAME" });
});

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "a %s session cannot be resumed, so a switch is visible at once",
  async (version) => {
    const first = elliptic(1, "www.example.com");
    const second = elliptic(2, "www.example.com");
    const options: ConnectionOptions = { servername: "www.example.com", minVersion: version, maxVersion: version };
    served.set("www.example.com", first.served);
    const before = await open(options);
    served.set("www.example.com", second.served);
    const after = await open(before.session === undefined ? options : { ...options, session: before.session });
    expect(before.fingerprint).toBe(first.fingerprint);
    expect(after).toMatchObject({ fingerprint: second.fingerprint, resumed: false });
  },
);

test("new material under the same id is served at once", async () => {
  const first = elliptic(1, "www.example.com");
  const second = elliptic(1, "www.example.com");
  served.set("www.example.com", first.served);
  await handshake("www.example.com");
  served.set("www.example.com", second.served);
  expect((await handshake("www.example.com")).fingerprint).toBe(second.fingerprint);
});

test("an HTTP request is answered with the name and the certificate, then the connection closes", async () => {
  served.set("www.example.com", elliptic(25, "www.example.com").served);
  const { text } = await open(
    { servername: "www.example.com" },
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi",
  );
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(text).toMatch(/\r\nconnection: close\r\n/i);
  expect(text).toMatch(/www\.example\.com is served with certificate 25\n/);
});

test("a ClientHello that arrives byte by byte is parsed", async () => {
  const made = elliptic(1, "www.example.com");
  served.set("www.example.com", made.served);
  const seen = await handshakeInPieces("www.example.com");
  expect(seen).toBe(made.fingerprint);
});

test("garbage, cut and silent connections leave the edge working", async () => {
  const made = elliptic(1, "www.example.com");
  served.set("www.example.com", made.served);
  await Promise.all(
    [
      "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
      "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
      "\x16\x03\x01",
      "",
    ].map(
      (text) =>
        new Promise<void>((resolve) => {
          const socket = connectTcp(edge.port, "127.0.0.1", () => socket.end(text));
          socket.on("error", () => undefined).on("close", () => resolve());
          socket.resume();
        }),
    ),
  );
  for (let i = 0; i < 50; i++) {
    const socket = connect({
      port: edge.port,
      host: "127.0.0.1",
      servername: "www.example.com",
      rejectUnauthorized: false,
    });
    socket.on("error", () => undefined);
    socket.once("connect", () => setImmediate(() => socket.destroy()));
  }
  expect((await handshake("www.example.com")).fingerprint).toBe(made.fingerprint);
});

test("five hundred handshakes, fifty at a time, all receive the certificate", async () => {
  const made = elliptic(1, "www.example.com");
  served.set("www.example.com", made.served);
  const seen = new Set<string>();
  const worker = async () => {
    for (let i = 0; i < 10; i++) seen.add((await handshake("www.example.com")).fingerprint);
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  expect([...seen]).toEqual([made.fingerprint]);
}, 30_000);

test("close finishes within a second although connections are open", async () => {
  const other = await startEdge({ port: 0, lookup: () => elliptic(1, "www.example.com").served });
  const idle = connectTcp(other.port, "127.0.0.1").on("error", () => undefined);
  const tls = connect({
    port: other.port,
    host: "127.0.0.1",
    servername: "www.example.com",
    rejectUnauthorized: false,
  });
  tls.on("error", () => undefined);
  await new Promise((resolve) => tls.once("secureConnect", resolve));
  const started = performance.now();
  await other.close();
  expect(performance.now() - started).toBeLessThan(PROMPT_MS);
  idle.destroy();
  tls.destroy();
});

function openssl(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile("openssl", args, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
    child.stdin?.end();
  });
}

function handshake(servername: string): Promise<Seen> {
  return open({ servername });
}

function open(options: ConnectionOptions, request?: string): Promise<Seen> {
  return openTls(edge.port, options, request);
}

/** The handshake through a relay that forwards the ClientHello one byte per packet. */
async function handshakeInPieces(servername: string): Promise<string> {
  const relay = createServer((near) => {
    const far = connectTcp(edge.port, "127.0.0.1").setNoDelay(true);
    near.once("data", (hello: Buffer) => {
      near.pause();
      const sendFrom = (at: number): void => {
        if (at === hello.length) near.pipe(far);
        else far.write(hello.subarray(at, at + 1), () => setImmediate(sendFrom, at + 1));
      };
      sendFrom(0);
    });
    far.pipe(near);
    for (const end of [near, far]) end.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  try {
    return (await open({ servername, port: (relay.address() as AddressInfo).port })).fingerprint;
  } finally {
    relay.close();
  }
}

function elliptic(certificateId: number, host: string) {
  return asServed(certificateId, ellipticMaterial(host));
}

function asServed(certificateId: number, { certificatePem, keyPem, fingerprint }: Material) {
  return { served: { certificateId, certificatePem, chainPem: "", keyPem }, fingerprint };
}
