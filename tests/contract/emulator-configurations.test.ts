import { field, frozenEmulator, hostIndex, metadata, origin } from "./emulator-harness.ts";

const emulator = frozenEmulator();
const startMs = Date.parse("2026-03-01T00:00:00.000Z");
const path = (siteId: string) => `/api/1/sites/${siteId}/configurations`;

const traffic = (name: string) => metadata("MI.TrafficType", { "traffic-type": name });
const host = (name: string, ...own: object[]) => ({ host: name, "host-metadata": { metadata: own, paths: [] } });

describe("POST configurations", () => {
  test("answers 201 with the revision and without its hostIndex", async () => {
    const siteId = await emulator().newSite("a");
    const body = { hostIndex: hostIndex("www.example.com"), changeDescription: "first" };
    const answer = await emulator().call("POST", path(siteId), body);
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      siteId,
      revisionId: expect.stringMatching(/^[0-9a-f]{24}$/),
      revisionNum: 1,
      ownerOrgId: "devorg",
      creationTimeMilli: startMs,
      lastUpdateTimeMilli: startMs,
      createdUser: emulator().emulator.username,
      changeDescription: "first",
    });
  });

  test("numbers the revisions of each site from 1", async () => {
    const [one, two] = [await emulator().newSite("one"), await emulator().newSite("two")];
    const numbers = [];
    for (const siteId of [one, one, two]) {
      const body = { hostIndex: hostIndex("www.example.com") };
      numbers.push(field(await emulator().call("POST", path(siteId), body), "revisionNum"));
    }
    expect(numbers).toEqual(["1", "2", "1"]);
  });

  test.each([
    ["a host with an origin of its own", { hosts: [host("a.example", origin)] }],
    ["an origin of the site for all hosts", { metadata: [origin], hosts: [host("a.example"), { host: "b.example" }] }],
    ["no traffic type at all", { hosts: [host("a.example", origin)] }],
    ["one traffic type for the site", { metadata: [traffic("vod")], hosts: [host("a.example", origin)] }],
    [
      "the same traffic type on each host",
      { hosts: [host("a.example", origin, traffic("live")), host("b.example", origin, traffic("live"))] },
    ],
    ["objects that it does not know", { "x-own": 1, hosts: [host("a.example", origin, metadata("QW.New", null))] }],
  ])("saves %s", async (_title, index) => {
    const siteId = await emulator().newSite("a");
    const answer = await emulator().call("POST", path(siteId), { hostIndex: index, changeDescription: "x" });
    expect(answer.status).toBe(201);
    const read = await emulator().call("GET", `${path(siteId)}/${field(answer, "revisionId")}`);
    expect(read.json).toMatchObject({ hostIndex: index });
  });

  test.each([
    ["no hostIndex", undefined],
    ["a hostIndex that is JSON text", JSON.stringify(hostIndex("a.example"))],
    ["no hosts", {}],
    ["an empty list of hosts", { hosts: [] }],
    ["a host without a name", { hosts: [{ "host-metadata": { metadata: [origin] } }] }],
    ["a host without an origin", { hosts: [host("a.example", origin), host("b.example")] }],
    [
      "an origin without sources",
      { hosts: [host("a.example", metadata("MI.SourceMetadataExtended", { sources: [] }))] },
    ],
    [
      "hosts of differing traffic types",
      { hosts: [host("a.example", origin, traffic("live")), host("b.example", origin, traffic("vod"))] },
    ],
    [
      "a host that differs from the site's traffic type",
      { metadata: [traffic("vod")], hosts: [host("a.example", origin, traffic("live"))] },
    ],
    ["metadata that is no list", { metadata: {}, hosts: [host("a.example", origin)] }],
    ["metadata without a type", { metadata: [{}], hosts: [host("a.example", origin)] }],
  ])("refuses %s with 400 Invalid Site Configuration", async (_title, index) => {
    const siteId = await emulator().newSite("a");
    const answer = await emulator().call("POST", path(siteId), { hostIndex: index, changeDescription: "x" });
    expect(answer).toMatchObject({
      status: 400,
      json: { message: expect.stringMatching(/^Invalid Site Configuration: /) },
    });
    expect((await emulator().call("GET", path(siteId))).json).toEqual([]);
  });

  test("refuses a description that is no text with 400, an unknown site with 404", async () => {
    const siteId = await emulator().newSite("a");
    const body = { hostIndex: hostIndex("a.example"), changeDescription: 3 };
    expect((await emulator().call("POST", path(siteId), body)).status).toBe(400);
    expect((await emulator().call("POST", path("0".repeat(24)), body)).status).toBe(404);
  });
});

describe("GET configurations", () => {
  test("lists revisions oldest first, with hostIndex unless it is truncated", async () => {
    const siteId = await emulator().newSite("a");
    const ids = [await emulator().newRevision(siteId, "a.example"), await emulator().newRevision(siteId, "b.example")];
    const full = await emulator().call("GET", path(siteId));
    expect(full.json).toEqual([
      expect.objectContaining({ revisionId: ids[0], revisionNum: 1, hostIndex: hostIndex("a.example") }),
      expect.objectContaining({ revisionId: ids[1], revisionNum: 2, hostIndex: hostIndex("b.example") }),
    ]);
    const short = await emulator().call("GET", `${path(siteId)}?truncateHostIndex=true`);
    expect(short.json).toEqual(ids.map((revisionId) => expect.objectContaining({ revisionId })));
    expect(short.text).not.toContain("hostIndex");
  });

  test("one revision can be truncated too", async () => {
    const siteId = await emulator().newSite("a");
    const revisionId = await emulator().newRevision(siteId, "a.example");
    const short = await emulator().call("GET", `${path(siteId)}/${revisionId}?truncateHostIndex=true`);
    expect(short.json).toMatchObject({ revisionId, changeDescription: "a change" });
    expect(short.json).not.toHaveProperty("hostIndex");
  });

  test("a revision of another site is a 404", async () => {
    const [one, two] = [await emulator().newSite("one"), await emulator().newSite("two")];
    const revisionId = await emulator().newRevision(one, "a.example");
    expect((await emulator().call("GET", `${path(two)}/${revisionId}`)).status).toBe(404);
    expect((await emulator().call("GET", `${path(one)}/none`)).status).toBe(404);
  });

  test.each(["PUT", "DELETE"])("a revision cannot be changed: %s is a 405", async (method) => {
    const siteId = await emulator().newSite("a");
    const revisionId = await emulator().newRevision(siteId, "a.example");
    const answer = await emulator().call(method, `${path(siteId)}/${revisionId}`);
    expect(answer).toMatchObject({ status: 405, headers: { allow: "GET" }, json: { status: 405 } });
  });
});
