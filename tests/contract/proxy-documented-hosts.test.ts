import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ publishMs: 50 });
});
afterAll(() => emulator.close());

test.each([
  "https://media-sites.cqloud.com/api/v2/sites",
  "https://cert-manager.cqloud.com/api/v2/certificates",
  "https://cert-manager.cqloud.com//api/v2/certificate-templates",
  "https://users.cqloud.com/api/1/api-keys",
  "https://stage-media-sites.stage.cqloud.com/api/v2/sites",
])("%s is a list through the proxy, with an API key", async (url) => {
  const answer = await send("GET", url, { authorization: `X-API-KEY ${emulator.apiKey}` });
  expect(answer.status).toBe(200);
  expect(Array.isArray(JSON.parse(answer.text))).toBe(true);
});

test("the origin allow list is served at its documented host", async () => {
  const url = "https://device-ip.cqloud.com/api/1.0/network/device-ip";
  expect((await send("GET", url, { "x-api-key": emulator.apiKey })).status).toBe(200);
});

test("a login at its documented host gives a token for the others", async () => {
  const basic = Buffer.from(`${emulator.username}:${emulator.password}`).toString("base64");
  const login = await send("GET", "https://login.cqloud.com/login", { authorization: `Basic ${basic}` });
  expect([login.status, login.headers.location]).toEqual([302, undefined]);
  const token = /cqloudLoginToken=([^;]+)/.exec(login.headers["set-cookie"]?.[0] ?? "")?.[1];
  const sites = await send("GET", "https://media-sites.cqloud.com/api/v2/sites", { authorization: `Bearer ${token}` });
  expect(sites.status).toBe(200);
});

test("a site is created and deleted through the proxy, and the ledger has the paths as sent", async () => {
  const headers = { "x-api-key": emulator.apiKey, "content-type": "application/json" };
  const url = "https://media-sites.cqloud.com//api/v2/sites";
  const made = await send("POST", url, headers, JSON.stringify({ siteName: "through the proxy" }));
  expect([200, 201]).toContain(made.status);
  const { siteId } = JSON.parse(made.text);
  expect((await send("DELETE", `${url}/${siteId}?permanent=true`, headers)).status).toBe(200);
  const ledger: { method: string; path: string }[] = JSON.parse((await plain(`${emulator.control}/ledger`)).text);
  expect(ledger.slice(-2)).toMatchObject([
    { method: "POST", path: "//api/v2/sites" },
    { method: "DELETE", path: `//api/v2/sites/${siteId}?permanent=true` },
  ]);
});

test("a wrong key is rejected through the proxy as without it", async () => {
  const answer = await send("GET", "https://media-sites.cqloud.com/api/v2/sites", { "x-api-key": "wrong" });
  expect(answer.status).toBe(401);
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One request as a client with HTTPS_PROXY sends it, trusting only the emulator's CA. */
async function send(method: string, url: string, headers: Record<string, string>, body?: string): Promise<Answer> {
  const { host } = new URL(url);
  const socket = await tunnel(host);
  const agent = new Agent();
  agent.createConnection = () => socket;
  return new Promise((resolve, reject) => {
    // The path is cut out of the text, so that nothing normalizes its slashes.
    const path = url.slice(`https://${host}`.length);
    const request = httpsRequest({ host, path, method, headers, agent }, collect(resolve, reject));
    request.on("error", reject).end(body);
  });
}

function plain(url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent: false }, collect(resolve, reject)).on("error", reject).end();
  });
}

function tunnel(host: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const connecting = httpRequest(emulator.proxy, { method: "CONNECT", path: `${host}:443`, agent: false });
    connecting.on("connect", (_response, socket) => {
      const tls = connectTls({ socket, servername: host, ca: readFileSync(emulator.ca) });
      tls.once("error", reject).once("secureConnect", () => resolve(tls));
    });
    connecting.on("error", reject).end();
  });
}

function collect(resolve: (answer: Answer) => void, reject: (error: Error) => void) {
  return (response: IncomingMessage) => {
    let text = "";
    response.on("data", (piece) => {
      text += piece;
    });
    response.once("error", reject).once("end", () => {
      resolve({ status: response.statusCode, headers: response.headers, text });
      response.socket.destroy();
    });
  };
}
