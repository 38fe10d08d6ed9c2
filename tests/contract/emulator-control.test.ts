import { field, frozenEmulator, newLeaf, send, uploadOf } from "./emulator-harness.ts";

const emulator = frozenEmulator();
const control = (method: string, target: string, body?: unknown) => emulator().control(method, target, body);

test("GET /health answers", async () => {
  expect(await control("GET", "/health")).toMatchObject({ status: 200, json: { status: "ok" } });
});

test.each([
  ["an unknown path", "GET", "/nothing", undefined, 404],
  ["a body that is not JSON", "POST", "/clock/advance", "{", 400],
  ["no body", "PUT", "/clock", undefined, 400],
  ["a time that is none", "PUT", "/clock", { now: "tomorrow" }, 400],
  ["a negative advance", "POST", "/clock/advance", { ms: -1 }, 400],
  ["an advance that is no number", "POST", "/clock/advance", { ms: "1" }, 400],
  ["a since that is no number", "GET", "/ledger?since=x", undefined, 400],
  ["an unknown snapshot", "POST", "/restore", { id: "99" }, 404],
  ["a record of an unknown type", "PUT", "/dns/a.example.com", { type: "MX", value: "x" }, 400],
  ["a record without a value", "PUT", "/dns/a.example.com", { type: "CNAME" }, 400],
  ["a record with a broken value", "PUT", "/dns/a.example.com", { type: "A", value: "nowhere", ttl: 1 }, 400],
  ["a name without records", "DELETE", "/dns/a.example.com", undefined, 404],
  ["a signing request that does not exist", "POST", "/csrs/9/state", { signingState: "NOTIFIED_SITES" }, 404],
  ["a fault that does not exist", "DELETE", "/faults/9", undefined, 404],
])("%s is answered with a JSON error", async (_title, method, target, body, status) => {
  expect(await control(method, target, body)).toMatchObject({ status, json: { message: expect.any(String), status } });
});

describe("the clock", () => {
  test("is frozen with --now, and moves by PUT and by advance", async () => {
    expect((await control("GET", "/clock")).json).toEqual({ now: "2026-03-01T00:00:00.000Z", frozen: true });
    expect((await control("POST", "/clock/advance", { ms: 1500 })).json).toMatchObject({
      now: "2026-03-01T00:00:01.500Z",
    });
    expect((await control("PUT", "/clock", { now: "2026-06-01T12:00:00Z" })).json).toMatchObject({
      now: "2026-06-01T12:00:00.000Z",
      frozen: true,
    });
  });

  test("responds to an advance after all due events have happened, each at its own time", async () => {
    const siteId = await emulator().newSite("a");
    const revisionId = await emulator().newRevision(siteId, "www.example.com");
    const publishId = field(await emulator().publish(siteId, revisionId), "publishId");
    await control("POST", "/clock/advance", { ms: 86_400_000 });
    expect((await emulator().operation(siteId, publishId)).json).toMatchObject({
      publishStatus: "Success",
      lastUpdateTimeMilli: Date.parse("2026-03-01T00:00:00.300Z"),
    });
  });

  test("can be moved back, and credentials stay valid", async () => {
    await control("PUT", "/clock", { now: "2020-01-01T00:00:00Z" });
    expect(await emulator().call("POST", "/api/v2/sites", { siteName: "a" })).toMatchObject({
      status: 201,
      json: { creationTimeMilli: Date.parse("2020-01-01T00:00:00Z") },
    });
  });

  test("can be started and frozen again", async () => {
    expect((await control("PUT", "/clock", { frozen: false })).json).toMatchObject({ frozen: false });
    expect((await control("PUT", "/clock", { frozen: true })).json).toMatchObject({ frozen: true });
  });
});

describe("the ledger", () => {
  test("has a row for each API request, including rejected ones, with what was sent", async () => {
    const siteId = await emulator().newSite("a");
    await emulator().call("GET", `//api/v2/sites/${siteId}?includePublishDetails=true`);
    await emulator().call("GET", "/nowhere");
    await send(emulator().emulator.api, { method: "GET", target: "/api/v2/sites" });
    const at = "2026-03-01T00:00:00.000Z";
    const actor = "api-key:1";
    expect((await control("GET", "/ledger")).json).toEqual([
      {
        seq: 1,
        at,
        method: "POST",
        path: "/api/v2/sites",
        route: "/api/v2/sites",
        status: 201,
        body: { siteName: "a" },
        actor,
      },
      {
        seq: 2,
        at,
        method: "GET",
        path: `//api/v2/sites/${siteId}?includePublishDetails=true`,
        route: "/api/v2/sites/{siteId}",
        status: 200,
        body: null,
        actor,
      },
      { seq: 3, at, method: "GET", path: "/nowhere", route: "", status: 404, body: null, actor },
      {
        seq: 4,
        at,
        method: "GET",
        path: "/api/v2/sites",
        route: "/api/v2/sites",
        status: 401,
        body: null,
        actor: null,
      },
    ]);
  });

  test("returns the rows after a number, and continues counting after it was emptied", async () => {
    for (const name of ["a", "b", "c"]) await emulator().newSite(name);
    expect((await control("GET", "/ledger?since=2")).json).toEqual([expect.objectContaining({ seq: 3 })]);
    expect((await control("DELETE", "/ledger")).status).toBe(200);
    expect((await control("GET", "/ledger")).json).toEqual([]);
    await emulator().newSite("d");
    expect((await control("GET", "/ledger")).json).toEqual([expect.objectContaining({ seq: 4 })]);
  });

  test("never contains keys, passwords and tokens, wherever they were sent", async () => {
    const { api, username, password, apiKey } = emulator().emulator;
    const upload = uploadOf(await newLeaf("www.example.com"));
    await emulator().call("POST", "/api/v2/certificates", upload);
    await emulator().call("POST", "/api/v2/certificates", { ...upload, certificate: upload.privateKey });
    await emulator().call("POST", "/api/v2/sites", { siteName: "a", apiToken: apiKey, password });
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const login = await send(api, {
      method: "GET",
      target: "/login",
      headers: { authorization },
      body: { username, password },
    });
    await emulator().call("POST", "/api/v2/sites", { siteName: `for ${apiKey} and ${password}` });
    await emulator().call("GET", `//api/v2/sites?publishTarget=ga&apiKey=x&note=${apiKey}`);
    const ledger = (await control("GET", "/ledger")).text;
    for (const secret of [upload.privateKey, password, apiKey, authorization, login.headers["set-cookie"]?.[0] ?? ""]) {
      expect(ledger).not.toContain(secret.slice(0, 60));
    }
    expect(JSON.parse(ledger)).toEqual([
      expect.objectContaining({ body: { ...upload, privateKey: "[hidden]" } }),
      expect.objectContaining({ body: { ...upload, privateKey: "[hidden]", certificate: "[hidden]" } }),
      expect.objectContaining({ body: { siteName: "a", apiToken: "[hidden]", password: "[hidden]" } }),
      expect.objectContaining({ route: "/login", status: 302, actor: username }),
      expect.objectContaining({ body: { siteName: "for [hidden] and [hidden]" } }),
      expect.objectContaining({ path: "//api/v2/sites?publishTarget=ga&apiKey=[hidden]&note=[hidden]" }),
    ]);
  });
});

describe("the edge", () => {
  test("shows what is served now, and its history with a null where nothing is", async () => {
    const certificateId = await emulator().newCertificate(await newLeaf("www.example.com"));
    const { siteId } = await emulator().liveSite("a", ["www.example.com", "b.example.com"], certificateId);
    const now = {
      target: "ga",
      certificateId: 1,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      notAfter: "2027-02-01T00:00:00.000Z",
    };
    expect((await control("GET", "/edge")).json).toEqual([
      { host: "b.example.com", ...now },
      { host: "www.example.com", ...now },
    ]);
    await emulator().unpublish(siteId);
    await control("POST", "/clock/advance", { ms: 1000 });
    expect((await control("GET", "/edge")).json).toEqual([]);
    const nothing = { target: "ga", certificateId: null, fingerprint: null, notAfter: null };
    const [first, second] = ["2026-03-01T00:00:00.300Z", "2026-03-01T00:00:00.600Z"];
    expect((await control("GET", "/edge/history")).json).toEqual([
      { at: first, host: "b.example.com", ...now },
      { at: first, host: "www.example.com", ...now },
      { at: second, host: "b.example.com", ...nothing },
      { at: second, host: "www.example.com", ...nothing },
    ]);
  });

  test("a host without a certificate is not served", async () => {
    await emulator().liveSite("a", ["www.example.com"]);
    expect((await control("GET", "/edge")).json).toEqual([]);
    expect((await control("GET", "/edge/history")).json).toEqual([]);
  });

  test("a publication that changes nothing leaves no trace in the history", async () => {
    const certificateId = await emulator().newCertificate(await newLeaf("www.example.com"));
    const { siteId } = await emulator().liveSite("a", ["www.example.com"], certificateId);
    await emulator().republish(siteId);
    emulator().emulator.clock.advance(300);
    expect((await control("GET", "/edge/history")).json).toHaveLength(1);
  });

  test("a publication activates the certificate that was linked when it was requested", async () => {
    const [one, two] = [await newLeaf("www.example.com"), await newLeaf("www.example.com")];
    const first = await emulator().newCertificate(one);
    const { siteId } = await emulator().liveSite("a", ["www.example.com"], first);
    await emulator().republish(siteId);
    await emulator().call("DELETE", `/api/v2/sites/${siteId}/certificates/${first}`);
    await emulator().link(siteId, await emulator().newCertificate(two));
    emulator().emulator.clock.advance(300);
    expect((await control("GET", "/edge")).json).toEqual([expect.objectContaining({ certificateId: Number(first) })]);
  });

  test("the history shows the gap of a republish between unlink and link", async () => {
    const first = await emulator().newCertificate(await newLeaf("www.example.com"));
    const { siteId } = await emulator().liveSite("a", ["www.example.com"], first);
    await emulator().call("DELETE", `/api/v2/sites/${siteId}/certificates/${first}`);
    await emulator().republish(siteId);
    emulator().emulator.clock.advance(300);
    expect((await control("GET", "/edge/history")).json).toEqual([
      expect.objectContaining({ certificateId: 1 }),
      expect.objectContaining({ certificateId: null }),
    ]);
  });
});

describe("DNS", () => {
  test("records are put, listed and deleted", async () => {
    const name = "_acme-challenge.example.com";
    const record = { type: "CNAME", value: "x.acme.cqloud.com", ttl: 3600 };
    expect((await control("PUT", `/dns/${name}`, record)).status).toBe(200);
    expect((await control("GET", "/dns")).json).toEqual([{ name, ...record }]);
    expect((await control("DELETE", `/dns/${name}`)).status).toBe(200);
    expect((await control("GET", "/dns")).json).toEqual([]);
  });
});

describe("snapshot, restore, reset", () => {
  test("a restore restores objects, edge, DNS, clock and ledger, and work in progress continues", async () => {
    const certificateId = await emulator().newCertificate(await newLeaf("www.example.com"));
    const { siteId, revisionId } = await emulator().liveSite("a", ["www.example.com"], certificateId);
    await control("PUT", "/dns/a.example.com", { type: "A", value: "192.0.2.1", ttl: 60 });
    const publishId = field(await emulator().publish(siteId, revisionId, "staging"), "publishId");
    const everything = async () =>
      Promise.all(
        ["/clock", "/ledger", "/edge", "/edge/history", "/dns", "/faults"].map(
          async (path) => (await control("GET", path)).text,
        ),
      );
    const before = await everything();
    const id = field(await control("POST", "/snapshot"), "id");

    emulator().emulator.clock.advance(10_000);
    await emulator().unpublish(siteId);
    emulator().emulator.clock.advance(10_000);
    await control("DELETE", "/dns/a.example.com");
    await control("POST", "/faults", { effect: { status: 503 } });
    expect(await everything()).not.toEqual(before);

    for (const _time of [1, 2]) {
      expect((await control("POST", "/restore", { id })).status).toBe(200);
      expect(await everything()).toEqual(before);
      emulator().emulator.clock.advance(300);
      expect((await emulator().operation(siteId, publishId)).json).toMatchObject({ publishStatus: "Success" });
    }
  });

  test("a reset leaves nothing but the credentials of the start line", async () => {
    await emulator().liveSite(
      "a",
      ["www.example.com"],
      await emulator().newCertificate(await newLeaf("www.example.com")),
    );
    await control("PUT", "/dns/a.example.com", { type: "A", value: "192.0.2.1", ttl: 60 });
    await control("POST", "/faults", { effect: { status: 503 }, match: { nth: 100 } });
    expect((await control("POST", "/reset")).status).toBe(200);
    for (const path of ["/ledger", "/edge", "/edge/history", "/dns", "/faults"]) {
      expect((await control("GET", path)).json).toEqual([]);
    }
    expect((await control("GET", "/clock")).json).toMatchObject({ now: "2026-03-01T00:00:00.000Z" });
    expect(await emulator().call("GET", "/api/v2/sites")).toMatchObject({ status: 200, json: [] });
  });

  test("the same requests on a frozen clock give the same ledger and the same ids", async () => {
    const leaf = await newLeaf("www.example.com");
    const run = async () => {
      await control("POST", "/reset");
      const certificateId = await emulator().newCertificate(leaf);
      const { siteId } = await emulator().liveSite("a", ["www.example.com"], certificateId);
      await emulator().republish(siteId);
      emulator().emulator.clock.advance(300);
      const answers = await emulator().call("GET", `/api/v2/sites/${siteId}/publishing-operations`);
      return [answers.text, (await control("GET", "/ledger")).text, (await control("GET", "/edge/history")).text];
    };
    expect(await run()).toEqual(await run());
  });
});
