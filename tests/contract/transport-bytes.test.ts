import type http from "node:http";
import type net from "node:net";
import { gzipSync } from "node:zlib";
import { createTransport, type Transport } from "../../provider/api/http/transport.ts";
import { TransportFailure } from "../../provider/api/http/transport-failure.ts";
import { closedPort, type RawServer, serveBytes, serveHttp } from "../support/emulator/raw-server.ts";

let server: RawServer | undefined;
let transport: Transport = createTransport({ timeoutMs: 2_000, maxConcurrency: 4 });

beforeEach(() => {
  transport = createTransport({ timeoutMs: 2_000, maxConcurrency: 4 });
});
afterEach(async () => {
  transport.close();
  await server?.close();
  server = undefined;
});

/** A promise that something has happened, and the function that resolves it. */
function signalled(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const get = (url: string, signal?: AbortSignal) => transport.send({ method: "GET", url, headers: {} }, signal);

async function failureOf(sending: Promise<unknown>): Promise<Pick<TransportFailure, "kind" | "sent">> {
  const thrown = await sending.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof TransportFailure)) throw new Error(`no TransportFailure but ${String(thrown)}`);
  return { kind: thrown.kind, sent: thrown.sent };
}

async function answeredWith(bytes: string | Buffer, then: (socket: net.Socket) => void = (socket) => socket.end()) {
  server = await serveBytes((socket) => {
    socket.write(bytes, () => then(socket));
  });
  return server.url;
}

test("a response is its status, its headers and its whole text", async () => {
  server = await serveHttp((_request, response) => {
    response.writeHead(201, { "Content-Type": "application/json", "Set-Cookie": ["a=1", "b=2"] });
    response.end('{"name":"ü"}');
  });
  const answer = await get(`${server.url}/x`);
  expect(answer.status).toBe(201);
  expect(answer.text).toBe('{"name":"ü"}');
  expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
});

test("method, path, headers and body arrive as given", async () => {
  let seen = "";
  server = await serveHttp((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen = `${request.method} ${request.url} ${request.headers["x-a"]} ${Buffer.concat(chunks)}`;
      response.end();
    });
  });
  await transport.send({ method: "PUT", url: `${server.url}/a%2Fb?c=d`, headers: { "X-A": "1" }, body: "{}" });
  expect(seen).toBe("PUT /a%2Fb?c=d 1 {}");
});

test("a redirect is a response and is not followed", async () => {
  let asked = 0;
  server = await serveHttp((_request, response) => {
    asked++;
    response.writeHead(302, { Location: "/elsewhere" });
    response.end();
  });
  expect((await get(server.url)).status).toBe(302);
  expect(asked).toBe(1);
});

test("connections are kept for the next request", async () => {
  server = await serveHttp((_request, response) => response.end("ok"));
  for (let i = 0; i < 5; i++) await get(server.url);
  expect(server.connections()).toBe(1);
});

test("a compressed response is decoded", async () => {
  const body = gzipSync("hello");
  const url = await answeredWith(
    Buffer.concat([
      Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`),
      body,
    ]),
  );
  expect((await get(url)).text).toBe("hello");
});

describe("failures", () => {
  test("nothing listens: refused, certainly not sent", async () => {
    expect(await failureOf(get(`http://127.0.0.1:${await closedPort()}`))).toEqual({ kind: "refused", sent: "no" });
  });

  test("a connection cut before the response: reset, may have been sent", async () => {
    server = await serveBytes((socket) => socket.destroy());
    expect(await failureOf(get(server.url))).toEqual({ kind: "reset", sent: "maybe" });
  });

  test("a connection that is reset, likewise", async () => {
    server = await serveBytes((socket) => socket.resetAndDestroy());
    expect(await failureOf(get(server.url))).toEqual({ kind: "reset", sent: "maybe" });
  });

  test("a connection cut within the headers, likewise", async () => {
    const url = await answeredWith("HTTP/1.1 200 OK\r\nContent-Le", (socket) => socket.destroy());
    expect(await failureOf(get(url))).toEqual({ kind: "reset", sent: "maybe" });
  });

  test("a body shorter than its Content-Length: truncated", async () => {
    const url = await answeredWith('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{"certId":1}]');
    expect(await failureOf(get(url))).toEqual({ kind: "truncated", sent: "maybe" });
  });

  test("a chunked body without its end: truncated, even when the text so far is whole JSON", async () => {
    const url = await answeredWith("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n");
    expect(await failureOf(get(url))).toEqual({ kind: "truncated", sent: "maybe" });
  });

  test("a compressed body that is cut: truncated", async () => {
    const body = gzipSync(JSON.stringify(Array(1_000).fill("x")));
    const url = await answeredWith(
      Buffer.concat([
        Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`),
        body.subarray(0, body.length / 2),
      ]),
    );
    expect(await failureOf(get(url))).toEqual({ kind: "truncated", sent: "maybe" });
  });

  test("bytes that are not HTTP: malformed", async () => {
    const url = await answeredWith("SSH-2.0-OpenSSH_9.6\r\n\r\n");
    expect(await failureOf(get(url))).toEqual({ kind: "malformed", sent: "maybe" });
  });

  test("a body that does not match its encoding: malformed", async () => {
    const url = await answeredWith("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello");
    expect(await failureOf(get(url))).toEqual({ kind: "malformed", sent: "maybe" });
  });

  test("TLS to a server without TLS fails", async () => {
    server = await serveHttp((_request, response) => response.end());
    expect((await failureOf(get(server.url.replace("http:", "https:")))).kind).toBe("tls");
  });
});

describe("the time limit", () => {
  beforeEach(() => {
    transport = createTransport({ timeoutMs: 150, maxConcurrency: 1 });
  });

  test("covers a server that does not respond", async () => {
    server = await serveBytes(() => undefined);
    expect(await failureOf(get(server.url))).toEqual({ kind: "timeout", sent: "maybe" });
  });

  test("covers a body that never ends", async () => {
    const url = await answeredWith("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nstart", () => undefined);
    expect(await failureOf(get(url))).toEqual({ kind: "timeout", sent: "maybe" });
  });

  test("does not run while a request waits for a slot", async () => {
    transport = createTransport({ timeoutMs: 400, maxConcurrency: 1 });
    let served = 0;
    server = await serveHttp((_request, response) => {
      // Four times 150 ms in sequence is more than the limit of each.
      setTimeout(() => {
        served++;
        response.end("ok");
      }, 150);
    });
    const { url } = server;
    const answers = await Promise.all([get(url), get(url), get(url), get(url)]);
    expect(answers.map(({ text }) => text)).toEqual(["ok", "ok", "ok", "ok"]);
    expect(served).toBe(4);
  });
});

describe("how many at once", () => {
  test("never more than allowed, in order of arrival", async () => {
    transport = createTransport({ timeoutMs: 2_000, maxConcurrency: 3 });
    let running = 0;
    let most = 0;
    const order: string[] = [];
    server = await serveHttp((request, response) => {
      running++;
      most = Math.max(most, running);
      order.push(request.url ?? "");
      setImmediate(() => {
        running--;
        response.end("ok");
      });
    });
    const { url } = server;
    await Promise.all(Array.from({ length: 20 }, (_, index) => get(`${url}/${index}`)));
    expect(most).toBeLessThanOrEqual(3);
    expect(order).toHaveLength(20);
    expect(order.slice(3).map((path) => Math.floor(Number(path.slice(1)) / 3))).toEqual(
      [...order.slice(3)].map((path) => Math.floor(Number(path.slice(1)) / 3)).sort((a, b) => a - b),
    );
  });

  test("a failed request releases its slot", async () => {
    transport = createTransport({ timeoutMs: 2_000, maxConcurrency: 1 });
    const port = await closedPort();
    await failureOf(get(`http://127.0.0.1:${port}`));
    server = await serveHttp((_request, response) => response.end("ok"));
    expect((await get(server.url)).text).toBe("ok");
  });
});

describe("an abort", () => {
  test("abandons a request that waits for a slot, which is then never sent", async () => {
    transport = createTransport({ timeoutMs: 2_000, maxConcurrency: 1 });
    const held: http.ServerResponse[] = [];
    const paths: string[] = [];
    const first = signalled();
    server = await serveHttp((request, response) => {
      paths.push(request.url ?? "");
      held.push(response);
      first.resolve();
    });
    const abort = new AbortController();
    const running = get(`${server.url}/first`);
    await first.promise;
    const queued = failureOf(get(`${server.url}/second`, abort.signal));
    abort.abort();
    expect(await queued).toEqual({ kind: "aborted", sent: "no" });
    held[0]?.end("ok");
    expect((await running).text).toBe("ok");
    expect(paths).toEqual(["/first"]);
  });

  test("aborts a request in flight", async () => {
    const arrived = signalled();
    server = await serveBytes(() => arrived.resolve());
    const abort = new AbortController();
    const sending = failureOf(get(server.url, abort.signal));
    await arrived.promise;
    abort.abort();
    expect(await sending).toEqual({ kind: "aborted", sent: "maybe" });
  });

  test("before the request sends nothing", async () => {
    server = await serveHttp((_request, response) => response.end("ok"));
    expect(await failureOf(get(server.url, AbortSignal.abort()))).toEqual({ kind: "aborted", sent: "no" });
    expect(server.connections()).toBe(0);
  });
});
