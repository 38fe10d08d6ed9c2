import net from "node:net";
import { frozenEmulator, send } from "./emulator-harness.ts";

const emulator = frozenEmulator();
const key = () => ({ "x-api-key": emulator().emulator.apiKey });
const json = { "content-type": "application/json" };

/** Sends bytes and reads until the emulator closes the connection. */
function raw(text: string): Promise<string> {
  const { port } = new URL(emulator().emulator.api);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), "127.0.0.1", () => socket.write(text));
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString();
    });
    socket.on("end", () => resolve(received));
    socket.on("error", reject);
  });
}

test.each(["//api/v2/sites", "/api//v2///sites", "///api/v2/sites/"])(
  "%s is answered without a redirect",
  async (target) => {
    const created = await emulator().call("POST", target, { siteName: target });
    expect(created.status).toBe(201);
    expect((await emulator().call("GET", target)).json).toEqual([expect.objectContaining({ siteName: target })]);
  },
);

test("slashes in the query stay as they are", async () => {
  const answer = await emulator().call("GET", "//api/v2/sites?publishTarget=a//b");
  expect(answer).toMatchObject({ status: 400, json: { message: expect.stringContaining("publishTarget") } });
});

test("a request target in absolute form is read by its path", async () => {
  const text = await raw(
    `GET http://media-sites.cqloud.com/api/v2/sites HTTP/1.1\r\nHost: media-sites.cqloud.com\r\nX-API-KEY: ${emulator().emulator.apiKey}\r\nConnection: close\r\n\r\n`,
  );
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test("a cancel with a JSON content type and no body is accepted", async () => {
  const { siteId } = await emulator().liveSite("a", ["www.example.com"]);
  const started = await emulator().republish(siteId);
  const publishId = JSON.parse(started.text).publishId;
  const answer = await send(emulator().emulator.api, {
    method: "POST",
    target: `/api/v2/sites/${siteId}/publishing-operations/${publishId}/actions/cancel`,
    headers: { ...key(), ...json, "content-length": "0" },
  });
  expect(answer.status).toBe(200);
});

test("a DELETE with a JSON content type and neither body nor length is accepted", async () => {
  const siteId = await emulator().newSite("a");
  const text = await raw(
    `DELETE /api/v2/sites/${siteId}?permanent=true HTTP/1.1\r\nHost: x\r\nAuthorization: X-API-KEY ${emulator().emulator.apiKey}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n`,
  );
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test("a GET may carry a content type and a body", async () => {
  const answer = await send(emulator().emulator.api, {
    method: "GET",
    target: "/api/v2/sites",
    headers: { ...key(), ...json },
    body: { ignored: true },
  });
  expect(answer).toMatchObject({ status: 200, json: [] });
});

test.each([
  undefined,
  "text/plain",
  "application/x-www-form-urlencoded",
  "application/json; charset=utf-8",
  "json",
  "",
])("a body is read as JSON with content type %s", async (type) => {
  const answer = await send(emulator().emulator.api, {
    method: "POST",
    target: "/api/v2/sites",
    headers: { ...key(), ...(type === undefined ? {} : { "content-type": type }) },
    body: { siteName: "a" },
  });
  expect(answer.status).toBe(201);
});

describe("every error has a JSON body", () => {
  test.each([
    ["an unknown path", "GET", "/api/v3/sites", undefined, 404],
    ["the root", "GET", "/", undefined, 404],
    ["an unknown method", "PATCH", "/api/v2/sites", undefined, 405],
    ["another method of the login", "POST", "/login", undefined, 405],
    ["a broken escape in the path", "GET", "/api/v2/sites/%zz", undefined, 400],
    ["a body that is not JSON", "POST", "/api/v2/sites", "{", 400],
    ["a body that is a list", "POST", "/api/v2/sites", "[]", 400],
    ["a body that is null", "POST", "/api/v2/sites", "null", 400],
    ["no body", "POST", "/api/v2/sites", undefined, 400],
    ["a body over 1 MiB", "POST", "/api/v2/sites", JSON.stringify({ siteName: "x".repeat(1_048_576) }), 413],
  ])("%s", async (_title, method, target, body, status) => {
    const answer = await emulator().call(method, target, body);
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(answer.json).toEqual({ message: expect.any(String), status });
  });

  test("a body of just under 1 MiB is read", async () => {
    const answer = await emulator().call("POST", "/api/v2/sites", { siteName: "a", padding: "x".repeat(1_048_500) });
    expect(answer.status).toBe(201);
  });
});

test("success is 200 or 201 and JSON for every kind of request", async () => {
  const { siteId } = await emulator().liveSite("a", ["www.example.com"]);
  await emulator().unpublish(siteId);
  emulator().emulator.clock.advance(300);
  await emulator().call("DELETE", `/api/v2/sites/${siteId}`);
  const rows = JSON.parse((await emulator().control("GET", "/ledger")).text);
  expect(new Set(rows.map((row: { status: number }) => row.status))).toEqual(new Set([200, 201]));
});
