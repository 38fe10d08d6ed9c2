import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttpServer, type Server as HttpServer, request as httpRequest } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { type CertificateAuthority, createCertificateAuthority } from "../../emulator/issuance/ca.ts";
import { type RunningProxy, startProxy } from "../../emulator/proxy/proxy.ts";
import { PROMPT_MS } from "../support/prompt.ts";

let directory: string;
let ca: CertificateAuthority;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "proxy-"));
  ca = await createCertificateAuthority({ directory, now: Date.now });
});
afterAll(() => rm(directory, { recursive: true }));
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test.each([
  "media-sites.cqloud.com",
  "cert-manager.cqloud.com",
  "login.cqloud.com",
  "stage-cert-manager.stage.cqloud.com",
  "kan11-media-sites.rnd.cqloud.com",
])("a client of https://%s reaches the API, trusting only the CA", async (host) => {
  const proxy = await proxyFor(await echoServer());
  expect(await getOverConnect(proxy, `https://${host}/api//v2/sites`)).toBe(`GET /api//v2/sites ${host}`);
});

test("what is inside a tunnel arrives byte for byte, both ways", async () => {
  const asked = `POST //api/v2/x?a=%2F HTTP/1.1\r\nhOsT: odd\r\nContent-Length: 0\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n`;
  const answered = "HTTP/1.1 200 Fine Indeed\r\nx-ODD: a\r\nContent-Length: 2\r\n\r\nhi";
  const { port, received } = await scriptedServer(answered);
  const tls = await tunnel(await proxyFor(port), "users.cqloud.com");
  tls.write(asked);
  expect(await bytesOf(tls, answered.length)).toBe(answered);
  expect(received()).toBe(asked);
});

test("a connection is kept alive for several requests", async () => {
  const api = createHttpServer((request, response) => response.end(request.url));
  let connections = 0;
  api.on("connection", () => connections++);
  const proxy = await proxyFor(await listening(api));
  const agent = agentOver(await tunnel(proxy, "login.cqloud.com"));
  for (const path of ["/1", "/2", "/3"]) expect(await get(`https://login.cqloud.com${path}`, agent)).toBe(path);
  expect(connections).toBe(1);
});

test("only HTTP/1.1 is offered to a client that would take HTTP/2", async () => {
  const tls = await tunnel(await proxyFor(await echoServer()), "login.cqloud.com", ["h2", "http/1.1"]);
  expect(tls.alpnProtocol).toBe("http/1.1");
});

test("bytes that arrive with the CONNECT request are part of the tunnel", async () => {
  const { port } = await scriptedServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  const socket = eagerTunnel(await proxyFor(port), "login.cqloud.com");
  const tls = connectTls({ socket, servername: "login.cqloud.com", ca: ca.certificatePem });
  closing.push(async () => tls.destroy());
  await once(tls, "secureConnect");
  tls.write("GET / HTTP/1.1\r\n\r\n");
  expect(await bytesOf(tls, 15)).toContain("HTTP/1.1 200 OK");
});

test.each([["example.com:443"], ["login.cqloud.com:8443"], ["login.cqloud.com.example.com:443"]])(
  "CONNECT %s is refused with 403",
  async (authority) => {
    const proxy = await proxyFor(await echoServer());
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest({ port: proxy.port, host: "127.0.0.1", method: "CONNECT", path: authority });
      request.on("connect", (response, socket) => {
        socket.destroy();
        resolve(response.statusCode);
      });
      request.on("error", reject).end();
    });
    expect(status).toBe(403);
  },
);

test("a plain request in absolute form is forwarded", async () => {
  const proxy = await proxyFor(await echoServer());
  expect(await plain(proxy, "http://login.cqloud.com//login?orgId=a", "login.cqloud.com")).toEqual({
    status: 200,
    body: "GET //login?orgId=a login.cqloud.com",
  });
});

test.each([
  ["http://example.com/", 403],
  ["/login", 400],
])("a plain request for %s is refused with %i", async (path, status) => {
  expect((await plain(await proxyFor(await echoServer()), path, "example.com")).status).toBe(status);
});

test("an API that cuts the connection is seen as a cut, not as an empty answer", async () => {
  const { port } = await scriptedServer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", { cut: true });
  const proxy = await proxyFor(port);
  await expect(getOverConnect(proxy, "https://login.cqloud.com/")).rejects.toThrow();
  await expect(plain(proxy, "http://login.cqloud.com/", "login.cqloud.com")).rejects.toThrow();
});

test("an API that is not running cuts the tunnel", async () => {
  const gone = await startProxy({ port: 0, apiPort: 1, ca });
  closing.push(() => gone.close());
  await expect(getOverConnect(gone, "https://login.cqloud.com/")).rejects.toThrow();
});

test("close finishes within a second although tunnels are open", async () => {
  const proxy = await startProxy({ port: 0, apiPort: await echoServer(), ca });
  const tls = await tunnel(proxy, "login.cqloud.com");
  tls.on("error", () => undefined);
  const started = performance.now();
  await proxy.close();
  expect(performance.now() - started).toBeLessThan(PROMPT_MS);
});

async function proxyFor(apiPort: number): Promise<RunningProxy> {
  const proxy = await startProxy({ port: 0, apiPort, ca });
  closing.push(() => proxy.close());
  return proxy;
}

function echoServer(): Promise<number> {
  return listening(
    createHttpServer((request, response) => response.end(`${request.method} ${request.url} ${request.headers.host}`)),
  );
}

/** Responds to the first bytes of a connection with a text, whatever they are. */
async function scriptedServer(answer: string, options = { cut: false }) {
  let received = "";
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (piece) => {
      received += piece.toString();
      if (!received.endsWith("\r\n\r\n")) return;
      socket.write(answer, () => options.cut && socket.destroy());
    });
  });
  return { port: await listening(server), received: () => received };
}

async function listening(server: Server | HttpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** What a client with HTTPS_PROXY does: CONNECT, then TLS for the wanted host. */
function tunnel(proxy: RunningProxy, host: string, ALPNProtocols = ["http/1.1"]): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      port: proxy.port,
      host: "127.0.0.1",
      method: "CONNECT",
      path: `${host}:443`,
      agent: false,
    });
    request.on("connect", (_response, socket) => {
      const tls = connectTls({ socket, servername: host, ca: ca.certificatePem, ALPNProtocols });
      closing.push(async () => tls.destroy());
      tls.once("error", reject).once("secureConnect", () => resolve(tls));
    });
    request.on("error", reject).end();
  });
}

async function getOverConnect(proxy: RunningProxy, url: string): Promise<string> {
  return get(url, agentOver(await tunnel(proxy, new URL(url).host)));
}

/** Sends CONNECT and the ClientHello in one packet, without waiting for the proxy's response. */
function eagerTunnel(proxy: RunningProxy, host: string): Duplex {
  const raw = connectTcp(proxy.port, "127.0.0.1");
  closing.push(async () => raw.destroy());
  let head = `CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`;
  let established = false;
  const duplex = new Duplex({
    read: () => undefined,
    write: (bytes: Buffer, _encoding, done) => {
      raw.write(Buffer.concat([Buffer.from(head), bytes]), () => done());
      head = "";
    },
  });
  raw.on("data", (piece) => {
    const payload = established ? piece : piece.subarray(piece.indexOf("\r\n\r\n") + 4);
    established = true;
    if (payload.length > 0) duplex.push(payload);
  });
  return duplex;
}

function bytesOf(socket: TLSSocket, count: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.once("error", reject).on("data", (piece) => {
      text += piece.toString();
      if (text.length >= count) resolve(text);
    });
  });
}

/** An agent whose only connection already exists. */
function agentOver(tls: TLSSocket): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => tls;
  return agent;
}

function get(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { agent }, (response) => {
      let body = "";
      response.on("data", (piece) => {
        body += piece;
      });
      response.once("error", reject).once("end", () => resolve(body));
    });
    request.on("error", reject).end();
  });
}

function plain(proxy: RunningProxy, path: string, host: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port: proxy.port, host: "127.0.0.1", path, headers: { host }, agent: false });
    request.on("response", (response) => {
      let body = "";
      response.on("data", (piece) => {
        body += piece;
      });
      response.once("error", reject).once("end", () => resolve({ status: response.statusCode, body }));
    });
    request.on("error", reject).end();
  });
}
