/** Requests through a forward proxy: what it sees, and how its failures are distinguished from those of the host. */
import https from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { createSender } from "../../provider/api/http/send.ts";
import { createTransport, proxyOf, type Transport } from "../../provider/api/http/transport.ts";
import { TransportFailure } from "../../provider/api/http/transport-failure.ts";
import { readConfig } from "../../provider/core/config.ts";
import type { QwiltError } from "../../provider/core/errors/qwilt-error.ts";
import { type ForwardProxy, readProxies } from "../../provider/core/proxies.ts";
import { type ConnectProxy, type ConnectProxyOptions, startConnectProxy } from "../support/emulator/connect-proxy.ts";
import { closedPort, serveHttp } from "../support/emulator/raw-server.ts";
import { testClock } from "../support/test-clock.ts";
import { type Ca, makeCa, makeLeaf } from "../support/x509/factory.ts";
import { until } from "./emulator-signing.ts";

const USER = "agent";
const PASSWORD = "p@ss:#1";
const SECRET = Buffer.from(`${USER}:${PASSWORD}`).toString("base64");
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function proxyWith(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const proxy = await startConnectProxy(options);
  closing.push(proxy.close);
  return proxy;
}

async function host(answer = "hello"): Promise<string> {
  const server = await serveHttp((request, response) => response.end(`${answer} ${request.method} ${request.url}`));
  closing.push(server.close);
  return server.url;
}

/** The proxy that the environment gives for an address, for hosts on loopback too. */
function named(address: string): ForwardProxy {
  const { https: proxy } = readProxies({ HTTPS_PROXY: address });
  if (proxy === undefined || !("url" in proxy)) throw new Error(`no proxy: ${JSON.stringify(proxy)}`);
  return proxy;
}

function through(address: string, options: { timeoutMs?: number } = {}): Transport {
  const proxy = named(address);
  const made = createTransport({ timeoutMs: 5_000, maxConcurrency: 2, ...options, proxyFor: () => proxy });
  closing.push(made.close);
  return made;
}

const get = (transport: Transport, url: string, signal?: AbortSignal) =>
  transport.send({ method: "GET", url, headers: { "X-API-KEY": "the key" } }, signal);

async function failureOf(sending: Promise<unknown>): Promise<TransportFailure> {
  const thrown = await sending.catch((error: unknown) => error);
  if (!(thrown instanceof TransportFailure)) throw new Error(`no TransportFailure but ${JSON.stringify(thrown)}`);
  return thrown;
}

/** The error that a user sees after all attempts. */
async function errorOf(transport: Transport, url: string, method: "GET" | "POST" = "GET"): Promise<QwiltError> {
  const lines: string[] = [];
  const sender = createSender({
    transport,
    clock: testClock(),
    signal: undefined,
    endpointOfStack: false,
    random: () => 0,
    log: (line) => lines.push(line),
  });
  const sending = sender.send({ method, url, headers: {} }, "unsafe");
  const thrown = await sending.then(
    (answer) => {
      throw new Error(`no error but status ${answer.status}`);
    },
    (error: QwiltError) => error,
  );
  for (const text of [thrown.message, JSON.stringify(thrown), ...lines]) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain("p@ss");
    expect(text).not.toContain("p%40ss");
  }
  return thrown;
}

test("a request goes through the proxy, which sees the host and never the request", async () => {
  const proxy = await proxyWith();
  const url = await host();
  const answer = await get(through(`http://${proxy.address}`), `${url}//api/x?a=%2F`);
  expect(answer.text).toBe("hello GET //api/x?a=%2F");
  expect(proxy.asked.map(({ line }) => line)).toEqual([`CONNECT ${new URL(url).host}`]);
  expect(JSON.stringify(proxy.asked)).not.toContain("the key");
});

test("user and password of the address go to the proxy, decoded, and not to the host", async () => {
  const proxy = await proxyWith({ credentials: `${USER}:${PASSWORD}` });
  let seen: NodeJS.Dict<string | string[]> = {};
  const server = await serveHttp((request, response) => {
    seen = request.headers;
    response.end("ok");
  });
  closing.push(server.close);
  const transport = through(`${USER}:${encodeURIComponent(PASSWORD)}@${proxy.address}`);
  expect((await get(transport, server.url)).text).toBe("ok");
  expect(seen).toMatchObject({ "x-api-key": "the key" });
  expect(JSON.stringify(seen)).not.toContain("proxy-authorization");
});

test("a tunnel is reused, dropped after 4 idle seconds, and closed with the transport", async () => {
  const proxy = await proxyWith();
  const url = await host();
  const transport = through(`http://${proxy.address}`);
  for (const path of ["/1", "/2", "/3"]) expect((await get(transport, url + path)).text).toBe(`hello GET ${path}`);
  expect(proxy.asked).toHaveLength(1);
  expect(proxy.open()).toBe(1);
  await until(async () => proxy.open() === 0);
  await get(transport, url);
  expect(proxy.open()).toBe(1);
  transport.close();
  await until(async () => proxy.open() === 0);
});

test("a proxy by https:// is used if its certificate is trusted, and not otherwise", async () => {
  const ca = await makeCa();
  const leaf = await makeLeaf({ names: ["localhost"], ca });
  const tls = { key: leaf.privateKey, cert: `${leaf.certificate}\n${leaf.certificateChain}` };
  const proxy = await proxyWith({ tls, credentials: `${USER}:${PASSWORD}` });
  const { port } = new URL(`http://${proxy.address}`);
  const address = `https://${USER}:${encodeURIComponent(PASSWORD)}@localhost:${port}`;
  const error = await errorOf(through(address), await host());
  expect(error).toMatchObject({ code: "QWILT_PROXY_FAILED", details: { proxy: { untrusted: true } } });
  expect(proxy.asked).toEqual([]);
  trust(ca);
  expect((await get(through(address), await host())).status).toBe(200);
  expect(proxy.asked).toHaveLength(1);
});

describe("the host inside a tunnel", () => {
  async function secureHost(names: readonly string[], ca?: Ca): Promise<number> {
    const leaf = await makeLeaf(ca === undefined ? { names } : { names, ca });
    const files = { key: leaf.privateKey, cert: `${leaf.certificate}\n${leaf.certificateChain}` };
    const server = https.createServer(files, (_request, response) => response.end("ok"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }

  test("has a trusted certificate, or nothing is sent", async () => {
    const port = await secureHost(["127.0.0.1"]);
    const transport = through(`http://${(await proxyWith()).address}`);
    const failure = await failureOf(get(transport, `https://127.0.0.1:${port}`));
    expect([failure.kind, failure.sent, failure.refusal]).toEqual(["tls", "no", undefined]);
    const error = await errorOf(transport, `https://127.0.0.1:${port}`);
    expect(error).toMatchObject({ code: "QWILT_API_UNREACHABLE", details: { failure: "tls", proxy: undefined } });
  });

  test.each([
    ["host.localhost", "host.localhost", "ok"],
    ["host.localhost", "other.localhost", "ERR_TLS_CERT_ALTNAME_INVALID"],
    // The name of the proxy must not be used in place of the host's.
    ["127.0.0.1", "localhost", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ])("%s with a certificate for %s ends in %s", async (name, certified, end) => {
    const ca = await makeCa();
    trust(ca);
    const port = await secureHost([certified], ca);
    const proxy = await proxyWith({ route: () => port });
    const transport = through(`http://localhost:${new URL(`http://${proxy.address}`).port}`);
    const ended = await get(transport, `https://${name}:${port}`).then(
      ({ text }) => text,
      (thrown: Error) => thrown.message,
    );
    expect(ended).toBe(end);
  });
});

describe("a failure of the proxy is reported as the proxy's, and nothing was sent", () => {
  test.each<[number, number]>([
    [407, 1],
    [403, 1],
    [502, 5],
    [503, 5],
  ])("status %i is tried %i times, also for a change", async (status, times) => {
    const proxy = await proxyWith({ refuse: () => status });
    const url = await host();
    const error = await errorOf(through(`http://${USER}:p%40ss@${proxy.address}`), `${url}/made`, "POST");
    const { host: target } = new URL(url);
    expect(error).toMatchObject({
      code: "QWILT_PROXY_FAILED",
      details: {
        request: "POST /made",
        host: target,
        attempts: times,
        proxy: { name: proxy.address, variable: "HTTPS_PROXY", hasUser: true, target, status, untrusted: false },
      },
    });
    expect(proxy.asked).toHaveLength(times);
  });

  test("a proxy that requires a user is told from one that rejects it", async () => {
    const proxy = await proxyWith({ credentials: `${USER}:${PASSWORD}` });
    const error = await errorOf(through(`http://${proxy.address}`), await host());
    expect(error).toMatchObject({ code: "QWILT_PROXY_FAILED", details: { proxy: { status: 407, hasUser: false } } });
  });

  test("nothing listens there", async () => {
    const error = await errorOf(through(`http://127.0.0.1:${await closedPort()}`), await host(), "POST");
    expect(error).toMatchObject({
      code: "QWILT_PROXY_FAILED",
      details: { cause: "ECONNREFUSED", attempts: 5, proxy: { status: 0, untrusted: false } },
    });
  });

  test("it hangs up", async () => {
    const proxy = await proxyWith({ refuse: () => "hang-up" });
    const { kind, sent } = await failureOf(get(through(`http://${proxy.address}`), await host()));
    expect([kind, sent]).toEqual(["proxy", "no"]);
  });

  test("it does not respond: the time limit ends it, its slots are released, and a change is sent again", async () => {
    let silent = true;
    const proxy = await proxyWith({ refuse: () => (silent ? "silent" : undefined) });
    const url = await host();
    const transport = through(`http://${proxy.address}`, { timeoutMs: 200 });
    for (let times = 0; times < 3; times++) {
      const { kind, sent, message } = await failureOf(get(transport, url));
      expect([kind, sent, message]).toEqual(["proxy", "no", "no tunnel in 200 ms"]);
    }
    silent = false;
    const ready = through(`http://${proxy.address}`);
    expect((await get(ready, url)).status).toBe(200);
    await until(async () => (await get(transport, url).catch(() => undefined))?.status === 200);
  });

  test("an interruption ends the wait for a tunnel", async () => {
    const proxy = await proxyWith({ refuse: () => "silent" });
    const abort = new AbortController();
    const sending = failureOf(get(through(`http://${proxy.address}`), await host(), abort.signal));
    await until(async () => proxy.asked.length === 1);
    abort.abort();
    const { kind, sent } = await sending;
    expect([kind, sent]).toEqual(["aborted", "no"]);
  });
});

test("a response of the host is reported as the host's, also 407 and 502", async () => {
  const proxy = await proxyWith();
  for (const status of [407, 502]) {
    const server = await serveHttp((_request, response) => response.writeHead(status).end());
    closing.push(server.close);
    expect((await get(through(`http://${proxy.address}`), server.url)).status).toBe(status);
  }
});

test("a host on this machine is reached without the proxy of the environment", async () => {
  const environment = { HTTPS_PROXY: "http://127.0.0.1:1", HTTP_PROXY: "http://127.0.0.1:1" };
  const { proxies } = readConfig({ get: () => undefined }, environment);
  const transport = createTransport({ timeoutMs: 5_000, maxConcurrency: 2, proxyFor: proxyOf(proxies) });
  closing.push(transport.close);
  const url = await host();
  expect((await get(transport, url)).status).toBe(200);
  expect((await get(transport, url.replace("127.0.0.1", "localhost"))).status).toBe(200);
});

/** What NODE_EXTRA_CA_CERTS does at the start of a process. */
function trust(ca: Ca): void {
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, ca.certificate]);
  closing.push(() => setDefaultCACertificates(before));
}
