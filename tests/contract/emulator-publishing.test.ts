import { field, frozenEmulator } from "./emulator-harness.ts";

const emulator = frozenEmulator();
const startMs = Date.parse("2026-03-01T00:00:00.000Z");
const path = (siteId: string) => `/api/v2/sites/${siteId}/publishing-operations`;
const tick = (ms: number) => emulator().emulator.clock.advance(ms);

async function savedSite() {
  const siteId = await emulator().newSite("a");
  return { siteId, revisionId: await emulator().newRevision(siteId, "www.example.com") };
}

/** The pairs of docs/qwilt-api.md 5.2. */
const pending = { publishAcceptanceStatus: "Pending", publishStatus: "InProgress", isActive: false };
const running = { publishAcceptanceStatus: "Accepted", publishStatus: "InProgress", isActive: false };
const done = { publishAcceptanceStatus: "Accepted", publishStatus: "Success", isActive: true };

test("a publish returns 201 at once, with every field of the reference", async () => {
  const { siteId, revisionId } = await savedSite();
  const answer = await emulator().publish(siteId, revisionId);
  expect(answer.status).toBe(201);
  expect(answer.json).toEqual({
    publishId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    creationTimeMilli: startMs,
    ownerOrgId: "devorg",
    lastUpdateTimeMilli: startMs,
    revisionId,
    target: "ga",
    username: emulator().emulator.username,
    publishState: "INPROGRESS",
    publishHidden: false,
    publishMode: "Normal",
    operationType: "Publish",
    statusLine: [],
    configLastModifiedTimeMilli: startMs,
    validatorsErrDetails: null,
    ...pending,
  });
});

test("a publish goes from Pending through Accepted to Success, on the clock", async () => {
  const { siteId, revisionId } = await savedSite();
  const publishId = field(await emulator().publish(siteId, revisionId), "publishId");
  const now = async () => (await emulator().operation(siteId, publishId)).json;
  tick(74);
  expect(await now()).toMatchObject(pending);
  tick(1);
  expect(await now()).toMatchObject({ ...running, lastUpdateTimeMilli: startMs + 75 });
  tick(224);
  expect(await now()).toMatchObject(running);
  tick(1);
  expect(await now()).toMatchObject({ ...done, lastUpdateTimeMilli: startMs + 300, validatorsErrDetails: null });
});

test("the target is ga if it is omitted, also in actions without a body", async () => {
  const { siteId, revisionId } = await savedSite();
  expect((await emulator().call("POST", path(siteId), { revisionId })).json).toMatchObject({ target: "ga" });
  tick(300);
  expect((await emulator().call("POST", `${path(siteId)}/actions/republish`)).json).toMatchObject({ target: "ga" });
});

test("the same revision may be published again; the newer operation is then the active one", async () => {
  const { siteId, revisionId, publishId } = await emulator().liveSite("a", ["www.example.com"]);
  const second = field(await emulator().publish(siteId, revisionId), "publishId");
  tick(299);
  expect((await emulator().operation(siteId, publishId)).json).toMatchObject(done);
  tick(1);
  expect((await emulator().operation(siteId, publishId)).json).toMatchObject({
    publishStatus: "Success",
    isActive: false,
  });
  expect((await emulator().operation(siteId, second)).json).toMatchObject(done);
});

test("a republish returns 200 and publishes the active revision, not the newest", async () => {
  const { siteId, revisionId } = await emulator().liveSite("a", ["www.example.com"]);
  await emulator().newRevision(siteId, "other.example.com");
  expect(await emulator().republish(siteId)).toMatchObject({
    status: 200,
    json: { revisionId, operationType: "Publish", ...pending },
  });
});

test("an un-publish returns 200, names the revision it takes down, and becomes the active operation", async () => {
  const { siteId, revisionId } = await emulator().liveSite("a", ["www.example.com"]);
  const answer = await emulator().unpublish(siteId);
  expect(answer).toMatchObject({ status: 200, json: { revisionId, operationType: "Unpublish", ...pending } });
  tick(300);
  expect((await emulator().call("GET", `${path(siteId)}?isActive=isActive`)).json).toEqual([
    expect.objectContaining({ publishId: field(answer, "publishId"), ...done }),
  ]);
});

test.each(["republish", "un-publish"])("%s of a site that is not published is a 409", async (action) => {
  const { siteId } = await savedSite();
  const act = async (id: string) =>
    (await emulator().call("POST", `${path(id)}/actions/${action}`, { target: "ga" })).status;
  expect(await act(siteId)).toBe(409);
  const live = await emulator().liveSite("b", ["www.example.com"]);
  await emulator().unpublish(live.siteId);
  tick(300);
  expect(await act(live.siteId)).toBe(409);
  expect((await emulator().call("POST", `${path(live.siteId)}/actions/${action}`, { target: "staging" })).status).toBe(
    409,
  );
});

test.each([
  ["no revision", { target: "ga" }, 400],
  ["a revision that is no text", { revisionId: 4 }, 400],
  ["an unknown target", { revisionId: "x", target: "moon" }, 400],
  ["a revision that does not exist", { revisionId: "0".repeat(24), target: "ga" }, 404],
])("a publish with %s is refused", async (_title, body, status) => {
  const { siteId } = await savedSite();
  expect(await emulator().call("POST", path(siteId), body)).toMatchObject({ status, json: { status } });
});

test("a publish of another site's revision is a 404", async () => {
  const { revisionId } = await savedSite();
  expect((await emulator().publish(await emulator().newSite("b"), revisionId)).status).toBe(404);
});

test("an operation that does not exist, or is another site's, is a 404", async () => {
  const { siteId } = await savedSite();
  const live = await emulator().liveSite("b", ["www.example.com"]);
  expect((await emulator().operation(siteId, live.publishId)).status).toBe(404);
  expect((await emulator().operation(siteId, "none")).status).toBe(404);
  expect((await emulator().call("POST", `${path(siteId)}/none/actions/cancel`)).status).toBe(404);
});

test("operations are listed oldest first, and filtered by isActive and publishState", async () => {
  const { siteId, revisionId, publishId } = await emulator().liveSite("a", ["www.example.com"]);
  const second = field(await emulator().publish(siteId, revisionId), "publishId");
  const ids = async (query: string) =>
    JSON.parse((await emulator().call("GET", `${path(siteId)}${query}`)).text).map(
      (one: { publishId: string }) => one.publishId,
    );
  expect(await ids("")).toEqual([publishId, second]);
  expect(await ids("?isActive=isActive")).toEqual([publishId]);
  expect(await ids("?isActive=true")).toEqual([publishId]);
  expect(await ids("?isActive=false")).toEqual([publishId, second]);
  expect(await ids("?publishState=INPROGRESS")).toEqual([second]);
  expect(await ids("?publishState=SUCCESS&isActive=true")).toEqual([publishId]);
  expect(await ids("?publishState=FAILED")).toEqual([]);
});

describe("one operation after the other", () => {
  test("a second one is rejected with 409 while the first is Pending", async () => {
    const { siteId, revisionId } = await savedSite();
    await emulator().publish(siteId, revisionId);
    expect((await emulator().publish(siteId, revisionId)).status).toBe(409);
    expect((await emulator().unpublish(siteId)).status).toBe(409);
  });

  test("a second one is accepted once the first is Accepted, and takes effect after it", async () => {
    const { siteId, revisionId } = await savedSite();
    const first = field(await emulator().publish(siteId, revisionId), "publishId");
    tick(100);
    const second = field(await emulator().publish(siteId, revisionId), "publishId");
    tick(199);
    expect((await emulator().operation(siteId, second)).json).toMatchObject(running);
    tick(1);
    expect((await emulator().operation(siteId, first)).json).toMatchObject(done);
    expect((await emulator().operation(siteId, second)).json).toMatchObject(running);
    tick(225);
    expect((await emulator().operation(siteId, second)).json).toMatchObject(done);
    expect((await emulator().operation(siteId, first)).json).toMatchObject({ isActive: false });
  });

  test("an un-publish may follow a publish that is still in progress", async () => {
    const { siteId, revisionId } = await savedSite();
    await emulator().publish(siteId, revisionId);
    tick(100);
    expect((await emulator().unpublish(siteId)).status).toBe(200);
    expect((await emulator().unpublish(siteId)).status).toBe(409);
    tick(1000);
    expect((await emulator().call("GET", `${path(siteId)}?isActive=true`)).json).toEqual([
      expect.objectContaining({ operationType: "Unpublish" }),
    ]);
  });

  test("targets do not wait for each other", async () => {
    const { siteId, revisionId } = await savedSite();
    expect((await emulator().publish(siteId, revisionId, "staging")).status).toBe(201);
    expect((await emulator().publish(siteId, revisionId, "ga")).status).toBe(201);
    tick(300);
    expect((await emulator().call("GET", `${path(siteId)}?isActive=true`)).json).toEqual([
      expect.objectContaining({ target: "staging" }),
      expect.objectContaining({ target: "ga" }),
    ]);
  });
});

describe("cancel", () => {
  const cancel = (siteId: string, publishId: string) =>
    emulator().call("POST", `${path(siteId)}/${publishId}/actions/cancel`);

  test.each([
    ["while Pending", 0],
    ["while it is rolled out", 100],
  ])("%s aborts both statuses, and nothing changes on the edge", async (_title, ms) => {
    const { siteId, revisionId } = await savedSite();
    const publishId = field(await emulator().publish(siteId, revisionId), "publishId");
    tick(ms);
    const aborted = { publishAcceptanceStatus: "Aborted", publishStatus: "Aborted", isActive: false };
    expect(await cancel(siteId, publishId)).toMatchObject({ status: 200, json: aborted });
    tick(1000);
    expect((await emulator().operation(siteId, publishId)).json).toMatchObject(aborted);
  });

  test("allows the next one to begin", async () => {
    const { siteId, revisionId } = await savedSite();
    const first = field(await emulator().publish(siteId, revisionId), "publishId");
    tick(100);
    const second = field(await emulator().publish(siteId, revisionId), "publishId");
    tick(100);
    await cancel(siteId, first);
    tick(225);
    expect((await emulator().operation(siteId, second)).json).toMatchObject(done);
  });

  test("of an operation that has ended is a 409", async () => {
    const { siteId, publishId } = await emulator().liveSite("a", ["www.example.com"]);
    expect((await cancel(siteId, publishId)).status).toBe(409);
    expect((await emulator().operation(siteId, publishId)).json).toMatchObject(done);
  });
});
