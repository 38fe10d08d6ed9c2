import { field, frozenEmulator, send } from "./emulator-harness.ts";

const emulator = frozenEmulator();
const sites = "/api/v2/sites";
const put = (match: object, effect: object) => emulator().control("POST", "/faults", { match, effect });
const statuses = async (count: number, target = sites) => {
  const found = [];
  for (let index = 0; index < count; index++) found.push((await emulator().call("GET", target)).status);
  return found;
};

test("a fault replaces the response to the next matching request, once, and counts how often it applied", async () => {
  const answer = await put({ route: sites }, { status: 503 });
  expect(answer).toMatchObject({ status: 200, json: { id: "1", match: { route: sites }, effect: { status: 503 } } });
  expect(await statuses(3)).toEqual([503, 200, 200]);
  expect((await emulator().control("GET", "/faults")).json).toEqual([
    { id: "1", match: { route: sites }, effect: { status: 503 }, seen: 3, hits: 1 },
  ]);
  expect((await emulator().control("DELETE", "/faults")).status).toBe(200);
  expect((await emulator().control("GET", "/faults")).json).toEqual([]);
});

test("nth and times select the matching requests that are affected", async () => {
  await put({ method: "get", route: sites, nth: 2, times: 2 }, { status: 500 });
  await emulator().newSite("not counted");
  expect(await statuses(5)).toEqual([200, 500, 500, 200, 200]);
});

test("a status comes with body and Retry-After, and nothing is done", async () => {
  await put({ method: "POST" }, { status: 429, body: { code: "slow down" }, retryAfter: 7 });
  const answer = await emulator().call("POST", sites, { siteName: "a" });
  expect(answer).toMatchObject({ status: 429, json: { code: "slow down" }, headers: { "retry-after": "7" } });
  expect((await emulator().call("GET", sites)).json).toEqual([]);
});

test("two faults on one route affect one request after the other", async () => {
  await put({ route: sites }, { status: 500 });
  await put({ route: sites }, { status: 502 });
  expect(await statuses(3)).toEqual([500, 502, 200]);
});

test("a fault affects the login too, and requests without credentials", async () => {
  await put({ route: "/login" }, { status: 500 });
  expect((await send(emulator().emulator.api, { method: "GET", target: "/login" })).status).toBe(500);
});

test("the route is matched on the path with slashes collapsed and without the query", async () => {
  await put({ route: "/api/v2/certificate-templates/*" }, { status: 503 });
  expect(await statuses(1, "//api/v2/certificate-templates/9?x=/")).toEqual([503]);
});

test("a probability affects the same requests whenever it has the same seed", async () => {
  const run = async (seed: number) => {
    await emulator().control("DELETE", "/faults");
    await put({ route: sites, probability: 0.5, times: 1000, seed }, { status: 500 });
    return (await statuses(40)).join();
  };
  const first = await run(7);
  expect(await run(7)).toBe(first);
  expect(await run(8)).not.toBe(first);
  const hits = first.split(",").filter((status) => status === "500").length;
  expect(hits).toBeGreaterThan(8);
  expect(hits).toBeLessThan(32);
});

test("delayMs delays the response", async () => {
  await put({ route: sites }, { delayMs: 120 });
  const before = performance.now();
  expect(await statuses(1)).toEqual([200]);
  expect(performance.now() - before).toBeGreaterThan(110);
});

test("reset before cuts the connection, and nothing is done", async () => {
  await put({ method: "POST" }, { reset: "before" });
  await expect(emulator().call("POST", sites, { siteName: "a" })).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect((await emulator().call("GET", sites)).json).toEqual([]);
});

test("reset after carries out the request, and loses the response", async () => {
  await put({ method: "POST" }, { reset: "after" });
  await expect(emulator().call("POST", sites, { siteName: "a" })).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect((await emulator().call("GET", sites)).json).toEqual([expect.objectContaining({ siteName: "a" })]);
});

test("truncate cuts the response in the middle", async () => {
  await put({ method: "POST" }, { truncate: true });
  await expect(emulator().call("POST", sites, { siteName: "a" })).rejects.toThrow("the answer was cut");
  expect((await emulator().call("GET", sites)).json).toEqual([expect.objectContaining({ siteName: "a" })]);
});

test("rows of the ledger that a fault changed are marked", async () => {
  await put({ method: "POST" }, { reset: "before" });
  await put({ method: "POST" }, { reset: "after" });
  for (const _time of [1, 2])
    await emulator()
      .call("POST", sites, { siteName: "a" })
      .catch(() => undefined);
  await emulator().call("GET", sites);
  const rows = JSON.parse((await emulator().control("GET", "/ledger")).text);
  expect(rows).toMatchObject([
    { status: 0, fault: { id: "1", effect: { reset: "before" } } },
    { status: 201, fault: { id: "2", effect: { reset: "after" } } },
    { status: 200 },
  ]);
  expect(rows[2]).not.toHaveProperty("fault");
});

describe("publish faults", () => {
  const path = (siteId: string) => `/api/v2/sites/${siteId}/publishing-operations`;

  test.each([
    ["invalid", { publishAcceptanceStatus: "Invalid", publishStatus: "Failed" }],
    ["dismissed", { publishAcceptanceStatus: "Dismissed", publishStatus: "Failed" }],
    ["aborted", { publishAcceptanceStatus: "Aborted", publishStatus: "Aborted" }],
    ["failed", { publishAcceptanceStatus: "Accepted", publishStatus: "Failed" }],
    ["stuck", { publishAcceptanceStatus: "Accepted", publishStatus: "InProgress" }],
  ])("%s ends the operation, and the edge stays as it was", async (publish, end) => {
    const live = await emulator().liveSite("a", ["www.example.com"]);
    await put({ route: `${path("*")}/**` }, { publish });
    // The fault does not match reads of the same paths.
    await emulator().operation(live.siteId, live.publishId);
    const started = await emulator().republish(live.siteId);
    expect(started).toMatchObject({
      status: 200,
      json: { publishAcceptanceStatus: "Pending", publishStatus: "InProgress" },
    });
    emulator().emulator.clock.advance(86_400_000);
    const answer = await emulator().operation(live.siteId, field(started, "publishId"));
    expect(answer.json).toMatchObject({ ...end, isActive: false });
    expect((await emulator().operation(live.siteId, live.publishId)).json).toMatchObject({ isActive: true });
  });

  test("an invalid operation has details and a status line", async () => {
    const live = await emulator().liveSite("a", ["www.example.com"]);
    await put({}, { publish: "invalid" });
    const publishId = field(await emulator().republish(live.siteId), "publishId");
    emulator().emulator.clock.advance(300);
    expect((await emulator().operation(live.siteId, publishId)).json).toMatchObject({
      statusLine: [expect.any(String)],
      validatorsErrDetails: [{ message: expect.any(String), path: expect.any(String) }],
    });
  });

  test("a stuck operation ends by cancel, and what waited for it continues", async () => {
    const live = await emulator().liveSite("a", ["www.example.com"]);
    await put({}, { publish: "stuck" });
    const stuck = field(await emulator().republish(live.siteId), "publishId");
    emulator().emulator.clock.advance(1000);
    const next = field(await emulator().republish(live.siteId), "publishId");
    emulator().emulator.clock.advance(1000);
    expect((await emulator().operation(live.siteId, next)).json).toMatchObject({ publishStatus: "InProgress" });
    await emulator().call("POST", `${path(live.siteId)}/${stuck}/actions/cancel`);
    emulator().emulator.clock.advance(300);
    expect((await emulator().operation(live.siteId, next)).json).toMatchObject({
      publishStatus: "Success",
      isActive: true,
    });
  });
});

test("a signing fault is stored", async () => {
  await put({}, { signing: "CA_SIGN_FAILURE" });
  expect(await statuses(1)).toEqual([200]);
  expect((await emulator().control("GET", "/faults")).json).toEqual([
    expect.objectContaining({ effect: { signing: "CA_SIGN_FAILURE" }, hits: 0 }),
  ]);
});

test.each([
  ["no effect", { match: {} }],
  ["an unknown effect", { effect: { explode: true } }],
  ["two effects", { effect: { status: 500, delayMs: 1 } }],
  ["a status that is none", { effect: { status: 99 } }],
  ["an unknown reset", { effect: { reset: "during" } }],
  ["a truncate that is false", { effect: { truncate: false } }],
  ["an unknown publish", { effect: { publish: "late" } }],
  ["an unknown match", { match: { path: "/" }, effect: { status: 500 } }],
  ["a zeroth request", { match: { nth: 0 }, effect: { status: 500 } }],
  ["a probability over 1", { match: { probability: 2 }, effect: { status: 500 } }],
])("a fault with %s is refused with 400", async (_title, body) => {
  expect((await emulator().control("POST", "/faults", body)).status).toBe(400);
  expect((await emulator().control("GET", "/faults")).json).toEqual([]);
});
