import { field, frozenEmulator, send } from "./emulator-harness.ts";

const emulator = frozenEmulator();
const sites = "/api/v2/sites";
const hourMs = 3_600_000;

const basic = (username: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
});

/** Logs in and returns the token from the cookie. */
async function token(target = "/login"): Promise<string> {
  const { api, username, password } = emulator().emulator;
  const answer = await send(api, { method: "GET", target, headers: basic(username, password) });
  return /^cqloudLoginToken=([^;]+);/.exec(answer.headers["set-cookie"]?.[0] ?? "")?.[1] ?? "";
}

async function statusWith(headers: Record<string, string>, method = "GET", target = sites): Promise<number> {
  return (await send(emulator().emulator.api, { method, target, headers })).status;
}

describe("credentials", () => {
  test.each([
    ["X-API-KEY as a header", (key: string) => ({ "X-API-KEY": key })],
    ["x-api-key in lower case", (key: string) => ({ "x-api-key": key })],
    ["Authorization: X-API-KEY", (key: string) => ({ Authorization: `X-API-KEY ${key}` })],
    ["Authorization: x-api-key", (key: string) => ({ Authorization: `x-api-key ${key}` })],
  ])("an API key is accepted as %s", async (_title, headers) => {
    expect(await statusWith(headers(emulator().emulator.apiKey))).toBe(200);
  });

  test.each(["Bearer", "BEARER", "bearer"])("a login token is accepted with the scheme %s", async (scheme) => {
    expect(await statusWith({ authorization: `${scheme} ${await token()}` })).toBe(200);
  });

  test.each([
    ["no credentials", {}],
    ["an unknown key", { "x-api-key": "eyJhbGciOiJSUzI1NiJ9.e30.AA" }],
    ["an unknown key as a scheme", { authorization: "X-API-KEY nonsense" }],
    ["an unknown token", { authorization: "Bearer nonsense" }],
    ["a scheme without a text", { authorization: "Bearer" }],
    ["an unknown scheme", { authorization: "Digest nonsense" }],
  ])("%s is answered with 401 and a JSON body", async (_title, headers) => {
    const answer = await send(emulator().emulator.api, { method: "GET", target: sites, headers });
    expect(answer.status).toBe(401);
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(answer.json).toEqual({ message: expect.any(String), status: 401 });
  });

  test("a key is not accepted as a login token, nor a login token as a key", async () => {
    expect(await statusWith({ authorization: `Bearer ${emulator().emulator.apiKey}` })).toBe(401);
    expect(await statusWith({ "x-api-key": await token() })).toBe(401);
  });

  test("user name and password alone open nothing but the login", async () => {
    const { username, password } = emulator().emulator;
    expect(await statusWith(basic(username, password))).toBe(401);
  });
});

describe("GET /login", () => {
  test("answers 302 without Location and with the token in a cookie", async () => {
    const { api, username, password } = emulator().emulator;
    const answer = await send(api, { method: "GET", target: "/login", headers: basic(username, password) });
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBeUndefined();
    expect(answer.headers["set-cookie"]).toEqual([
      expect.stringMatching(
        /^cqloudLoginToken=[\w-]+\.[\w-]+\.[\w-]+; Path=\/; domain=cqloud\.com; Max-Age=21600; HttpOnly; Secure$/,
      ),
    ]);
    expect(answer.headers).toMatchObject({
      "content-type": "text/plain; charset=UTF-8",
      "content-length": "2",
      vary: "Origin",
    });
  });

  test("accepts the JSON body that the official client sends with the GET", async () => {
    const { api, username, password } = emulator().emulator;
    const body = { username, password };
    const answer = await send(api, { method: "GET", target: "/login", headers: basic(username, password), body });
    expect(answer.status).toBe(302);
  });

  test("gives an RS256 token whose payload begins with dataAccessControl", async () => {
    const [header = "", payload = ""] = (await token())
      .split(".")
      .map((part) => Buffer.from(part, "base64url").toString());
    expect(JSON.parse(header)).toEqual({ alg: "RS256", typ: "JWT" });
    expect(payload).toMatch(/^\{"dataAccessControl":\{/);
    expect(JSON.parse(payload)).toMatchObject({ dataAccessControl: { allowedOrgIds: ["devorg"] } });
  });

  test.each([
    ["no credentials", () => ({})],
    ["a wrong password", () => basic(emulator().emulator.username, "wrong")],
    ["an empty password", () => basic(emulator().emulator.username, "")],
    ["an unknown user", () => basic("nobody@example.com", emulator().emulator.password)],
    ["broken Basic credentials", () => ({ authorization: "Basic ???" })],
  ])("answers %s with 401 and a Basic challenge", async (_title, headers) => {
    const answer = await send(emulator().emulator.api, { method: "GET", target: "/login", headers: headers() });
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toMatch(/^Basic /);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  test("gives a token that lives one hour on the emulator's clock", async () => {
    const authorization = `Bearer ${await token()}`;
    emulator().emulator.clock.advance(hourMs - 1);
    expect(await statusWith({ authorization })).toBe(200);
    emulator().emulator.clock.advance(1);
    expect(await statusWith({ authorization })).toBe(401);
  });

  test("gives a new token each time, and both work", async () => {
    const tokens = [await token(), await token()];
    expect(new Set(tokens).size).toBe(2);
    for (const text of tokens) expect(await statusWith({ authorization: `Bearer ${text}` })).toBe(200);
  });

  test("gives a token for the organization in orgId", async () => {
    const other = emulator().as({ authorization: `Bearer ${await token("/login?orgId=devorg-2")}` });
    const site = await other.call("POST", sites, { siteName: "theirs" });
    expect(site.json).toMatchObject({ ownerOrgId: "devorg-2" });
    expect((await emulator().call("GET", sites)).json).toEqual([]);
  });

  test("rejects an organization that the user does not belong to", async () => {
    const { api, username, password } = emulator().emulator;
    const answer = await send(api, {
      method: "GET",
      target: "/login?orgId=nobody",
      headers: basic(username, password),
    });
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });
});

describe("API keys", () => {
  const collection = "/api/1/api-keys";
  const wanted = { name: "ci", description: "for pipelines", ttl: 30, permission: "MediaEditor" };

  test("a key is created with 201, and its text is shown this once", async () => {
    const answer = await emulator().call("POST", collection, wanted);
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      ...wanted,
      keyId: "2",
      ownerId: "devorg",
      createdBy: emulator().emulator.username,
      createdAt: "2026-03-01T00:00:00.000Z",
      expireAt: "2026-03-31T00:00:00.000Z",
      apiToken: expect.stringMatching(/^eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9\./),
    });
    const apiToken = field(answer, "apiToken");
    const list = await emulator().call("GET", collection);
    const one = await emulator().call("GET", `${collection}/2`);
    expect(list.json).toEqual([expect.objectContaining({ keyId: "1" }), expect.objectContaining({ keyId: "2" })]);
    expect(one.json).toMatchObject(wanted);
    expect(list.text + one.text).not.toContain(apiToken);
    expect(one.json).not.toHaveProperty("apiToken");
  });

  test("a key works until its last day has passed", async () => {
    const key = field(await emulator().call("POST", collection, { ...wanted, ttl: 1 }), "apiToken");
    expect(await statusWith({ "x-api-key": key })).toBe(200);
    emulator().emulator.clock.advance(24 * hourMs - 1);
    expect(await statusWith({ "x-api-key": key })).toBe(200);
    emulator().emulator.clock.advance(1);
    expect(await statusWith({ "x-api-key": key })).toBe(401);
  });

  test("a revoked key stays revoked", async () => {
    const key = field(await emulator().call("POST", collection, wanted), "apiToken");
    expect((await emulator().call("DELETE", `${collection}/2`)).status).toBe(200);
    expect(await statusWith({ "x-api-key": key })).toBe(401);
    expect((await emulator().call("GET", `${collection}/2`)).status).toBe(404);
    expect((await emulator().call("DELETE", `${collection}/2`)).status).toBe(404);
  });

  test("a key can be created with a login token", async () => {
    const session = emulator().as({ authorization: `Bearer ${await token()}` });
    expect((await session.call("POST", collection, wanted)).status).toBe(201);
  });

  test("a viewer can read, and every change is rejected with 403", async () => {
    const key = field(await emulator().call("POST", collection, { ...wanted, permission: "MediaViewer" }), "apiToken");
    const viewer = emulator().as({ "x-api-key": key });
    expect((await viewer.call("GET", sites)).status).toBe(200);
    for (const [method, target] of [
      ["POST", sites],
      ["PUT", `${sites}/none`],
      ["DELETE", "/api/v2/certificates/1"],
      ["POST", collection],
    ] as const) {
      expect(await viewer.call(method, target, {})).toMatchObject({ status: 403, json: { status: 403 } });
    }
  });

  test("a key belongs to the organization of its creator", async () => {
    const other = emulator().as({ authorization: `Bearer ${await token("/login?orgId=devorg-2")}` });
    const created = await other.call("POST", collection, wanted);
    expect(created.json).toMatchObject({ ownerId: "devorg-2" });
    const keyId = field(created, "keyId");
    expect((await emulator().call("GET", `${collection}/${keyId}`)).status).toBe(404);
    expect((await emulator().call("DELETE", `${collection}/${keyId}`)).status).toBe(404);
  });

  test.each([
    ["no name", { ttl: 1, permission: "MediaEditor" }],
    ["an empty name", { name: " ", ttl: 1, permission: "MediaEditor" }],
    ["a description that is no text", { name: "a", description: 1, ttl: 1, permission: "MediaEditor" }],
    ["no ttl", { name: "a", permission: "MediaEditor" }],
    ["a ttl of 366 days", { name: "a", ttl: 366, permission: "MediaEditor" }],
    ["a ttl of 0 days", { name: "a", ttl: 0, permission: "MediaEditor" }],
    ["half a day", { name: "a", ttl: 0.5, permission: "MediaEditor" }],
    ["an unknown permission", { name: "a", ttl: 1, permission: "Admin" }],
  ])("a request with %s is refused with 400", async (_title, body) => {
    expect((await emulator().call("POST", collection, body)).status).toBe(400);
  });
});
