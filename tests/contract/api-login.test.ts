/** Login tokens: created once, shared, renewed before they expire and once after a 401 (docs/qwilt-api.md 2.3). */
import { type CallError, isCallError } from "../../provider/api/http/api-error.ts";
import { createQwiltApi, type QwiltApi } from "../../provider/api/qwilt-api.ts";
import { readConfig } from "../../provider/core/config.ts";
import { type RawServer, serveHttp } from "../support/emulator/raw-server.ts";
import { testClock } from "../support/test-clock.ts";

interface Service {
  readonly api: QwiltApi;
  readonly clock: ReturnType<typeof testClock>;
  readonly requests: string[];
  /** Tokens that the server accepts; a login adds one. */
  readonly valid: Set<string>;
}

let server: RawServer | undefined;
let open: QwiltApi | undefined;
afterEach(async () => {
  open?.close();
  await server?.close();
});

const basic = `Basic ${Buffer.from("ann:planted-pässword").toString("base64")}`;

async function service(
  stack: Record<string, string> = {},
  login?: { status: number; cookies: string[] },
  password = "planted-pässword",
): Promise<Service> {
  const requests: string[] = [];
  const valid = new Set<string>();
  server = await serveHttp((request, response) => {
    const { authorization } = request.headers;
    requests.push(`${request.method} ${request.url}`);
    if (request.url?.startsWith("/login") === true) {
      if (login !== undefined) return void response.writeHead(login.status, { "Set-Cookie": login.cookies }).end("OK");
      if (authorization !== basic) return void response.writeHead(401, { "WWW-Authenticate": "Basic" }).end();
      const token = `token-${requests.length}`;
      valid.add(`Bearer ${token}`);
      const cookie = `cqloudLoginToken=${token}; Path=/; domain=cqloud.com; Max-Age=21600; HttpOnly; Secure`;
      return void response.writeHead(302, { "Set-Cookie": cookie }).end("OK");
    }
    if (!valid.has(authorization ?? "")) return void response.writeHead(401).end("no");
    return void response.end("[]");
  });
  const clock = testClock();
  const config = readConfig(
    { get: (key) => stack[key] },
    { QWILT_ENDPOINT: server.url, QWILT_USERNAME: "ann", QWILT_PASSWORD: password },
  );
  const api = createQwiltApi({ config, clock });
  open = api;
  return { api, clock, requests, valid };
}

const logins = (requests: readonly string[]) => requests.filter((line) => line.includes("/login")).length;

async function errorOf(call: Promise<unknown>): Promise<CallError> {
  const thrown = await call.catch((error: unknown) => error);
  if (!isCallError(thrown)) throw new Error("no CallError");
  expect(thrown.message).not.toMatch(/planted|token-/);
  return thrown;
}

test("the first call logs in, and nothing before it does", async () => {
  const { api, requests } = await service();
  expect(requests).toEqual([]);
  await api.certificates.list();
  await api.certificates.list();
  expect(requests).toEqual(["GET /login", "GET /api/v2/certificates", "GET /api/v2/certificates"]);
});

test("callers at the same time share one login", async () => {
  const { api, requests } = await service();
  await Promise.all([api.certificates.list(), api.sites.list(), api.certificateTemplates.list()]);
  expect(logins(requests)).toBe(1);
});

test("the organization is sent at login", async () => {
  const { api, requests } = await service({ "qwilt:organization": "dev org" });
  await api.certificates.list();
  expect(requests[0]).toBe("GET /login?orgId=dev%20org");
});

test("a token is renewed before its hour has passed", async () => {
  const { api, clock, requests } = await service();
  await api.certificates.list();
  clock.advance(54 * 60_000);
  await api.certificates.list();
  expect(logins(requests)).toBe(1);
  clock.advance(2 * 60_000);
  await api.certificates.list();
  expect(logins(requests)).toBe(2);
});

test("a rejected token is renewed once, also with many callers", async () => {
  const { api, requests, valid } = await service();
  await api.certificates.list();
  valid.clear();
  await Promise.all([api.certificates.list(), api.sites.list(), api.certificateTemplates.list()]);
  expect(logins(requests)).toBe(2);
});

test("a change with a rejected token is carried out once", async () => {
  const { api, requests, valid } = await service();
  await api.certificates.list();
  valid.clear();
  await api.certificates.delete(25);
  expect(requests.slice(2)).toEqual(["DELETE /api/v2/certificates/25", "GET /login", "DELETE /api/v2/certificates/25"]);
});

test("a new token that is rejected too ends the call", async () => {
  const { api, requests, valid } = await service();
  valid.add = () => valid;
  const error = await errorOf(api.certificates.list());
  expect(error).toMatchObject({ code: "QWILT_AUTH_FAILED", details: { status: 401, credentials: { kind: "login" } } });
  expect(logins(requests)).toBe(2);
});

test("a wrong password is QWILT_AUTH_FAILED, and the next call tries again", async () => {
  const { api, requests } = await service({}, undefined, "planted-other");
  expect(await errorOf(api.certificates.list())).toMatchObject({ code: "QWILT_AUTH_FAILED", where: "GET /login" });
  await errorOf(api.certificates.list());
  expect(logins(requests)).toBe(2);
});

test.each([
  ["no cookie", 302, []],
  ["another cookie", 302, ["session=token-1"]],
  ["an empty token", 302, ["cqloudLoginToken=; Path=/"]],
  ["a page", 200, []],
])("a login that answers with %s is unexpected", async (_title, status, cookies) => {
  const { api } = await service({}, { status, cookies });
  expect(await errorOf(api.certificates.list())).toMatchObject({
    code: "QWILT_API_UNEXPECTED_ANSWER",
    details: { status },
  });
});

test("a login at a failing server is retried, then reported", async () => {
  const { api, requests } = await service({}, { status: 503, cookies: [] });
  expect(await errorOf(api.certificates.list())).toMatchObject({
    code: "QWILT_SERVER_ERROR",
    details: { during: "login", status: 503 },
  });
  expect(logins(requests)).toBe(5);
});
