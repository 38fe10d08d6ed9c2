import { field, frozenEmulator } from "./emulator-harness.ts";

const emulator = frozenEmulator();
const sites = "/api/v2/sites";
const startMs = Date.parse("2026-03-01T00:00:00.000Z");

describe("POST sites", () => {
  test("answers 201 with every field of the reference", async () => {
    const answer = await emulator().call("POST", sites, { siteName: "my first site" });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      siteId: expect.stringMatching(/^[0-9a-f]{24}$/),
      ownerOrgId: "devorg",
      creationTimeMilli: startMs,
      lastUpdateTimeMilli: startMs,
      createdUser: emulator().emulator.username,
      lastUpdatedUser: emulator().emulator.username,
      siteDnsCnameDelegationTarget: expect.stringMatching(/^edge\.ds-c\d+-devorg\.[\w.-]+\.cqloud\.com$/),
      siteName: "my first site",
      apiVersion: "2",
      activeAndLastPublishingOperation: null,
      serviceType: "MEDIA_DELIVERY",
      routingMethod: "DNS",
      shouldProvisionToThirdPartyCdn: false,
      serviceId: expect.stringMatching(/^ds-c\d+-devorg$/),
      isSelfServiceBlocked: false,
      isDeleted: false,
    });
  });

  test("takes a routing method", async () => {
    const answer = await emulator().call("POST", sites, { siteName: "http", routingMethod: "HTTP" });
    expect(answer.json).toMatchObject({ routingMethod: "HTTP" });
  });

  test("decodes the escapes of Go's JSON encoder", async () => {
    const answer = await emulator().call("POST", sites, '{"siteName":"a \\u003c b \\u0026 c \\u003e d"}');
    expect(answer.json).toMatchObject({ siteName: "a < b & c > d" });
  });

  test.each([
    ["no name", {}],
    ["an empty name", { siteName: "" }],
    ["a name that is no text", { siteName: 7 }],
    ["a name of 256 characters", { siteName: "x".repeat(256) }],
    ["an unknown routing method", { siteName: "a", routingMethod: "ANYCAST" }],
    ["a body that is no object", [1]],
  ])("refuses %s with 400", async (_title, body) => {
    const answer = await emulator().call("POST", sites, body);
    expect(answer).toMatchObject({ status: 400, json: { message: expect.any(String), status: 400 } });
  });

  test("rejects a name that is taken with 409", async () => {
    await emulator().newSite("taken");
    expect((await emulator().call("POST", sites, { siteName: "taken" })).status).toBe(409);
  });
});

describe("GET sites", () => {
  test("lists the sites of the organization, oldest first", async () => {
    const ids = [await emulator().newSite("z"), await emulator().newSite("a"), await emulator().newSite("m")];
    const answer = await emulator().call("GET", sites);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual(ids.map((siteId) => expect.objectContaining({ siteId })));
  });

  test("a site that does not exist is a 404", async () => {
    expect((await emulator().call("GET", `${sites}/0123456789abcdef01234567`)).status).toBe(404);
  });

  test.each([
    ["", null],
    ["?publishTarget=ga", null],
    ["?includePublishDetails=false", null],
    ["?includePublishDetails=true", { last: null, active: null }],
    ["?includePublishDetails=true&publishTarget=ga", { last: null, active: null }],
    ["?includePublishDetails=true&publishTarget=staging", { last: null, active: null }],
  ])("a site that was never published shows, with query '%s', the details %j", async (query, details) => {
    const siteId = await emulator().newSite("new");
    const one = await emulator().call("GET", `${sites}/${siteId}${query}`);
    expect(one.json).toMatchObject({ activeAndLastPublishingOperation: details });
    const all = await emulator().call("GET", `${sites}${query}`);
    expect(all.json).toEqual([expect.objectContaining({ activeAndLastPublishingOperation: details })]);
  });

  test("publish details are those of the requested target, ga by default", async () => {
    const { siteId, publishId } = await emulator().liveSite("live", ["www.example.com"]);
    const revisionId = await emulator().newRevision(siteId, "www.example.com");
    const staged = field(await emulator().publish(siteId, revisionId, "staging"), "publishId");
    const details = async (query: string) => (await emulator().call("GET", `${sites}/${siteId}?${query}`)).json;
    const ga = { last: { publishId, target: "ga" }, active: { publishId, isActive: true } };
    expect(await details("includePublishDetails=true")).toMatchObject({ activeAndLastPublishingOperation: ga });
    expect(await details("publishTarget=ga")).toMatchObject({ activeAndLastPublishingOperation: ga });
    expect(await details("includePublishDetails=true&publishTarget=staging")).toMatchObject({
      activeAndLastPublishingOperation: { last: { publishId: staged, target: "staging" }, active: null },
    });
    expect(await details("")).toMatchObject({ activeAndLastPublishingOperation: null });
  });

  test("active is the un-publish after a site was un-published", async () => {
    const { siteId } = await emulator().liveSite("live", ["www.example.com"]);
    await emulator().unpublish(siteId);
    emulator().emulator.clock.advance(300);
    const answer = await emulator().call("GET", `${sites}/${siteId}?includePublishDetails=true`);
    expect(answer.json).toMatchObject({
      activeAndLastPublishingOperation: {
        active: { operationType: "Unpublish", isActive: true },
        last: { operationType: "Unpublish", publishStatus: "Success" },
      },
    });
  });

  test("an unknown publishTarget is rejected with 400", async () => {
    const siteId = await emulator().newSite("new");
    expect((await emulator().call("GET", `${sites}/${siteId}?publishTarget=moon`)).status).toBe(400);
  });
});

describe("PUT sites/{siteId}", () => {
  test("renames, and keeps the id", async () => {
    const siteId = await emulator().newSite("before");
    emulator().emulator.clock.advance(1000);
    const answer = await emulator().call("PUT", `${sites}/${siteId}`, { siteName: "after" });
    expect(answer).toMatchObject({
      status: 200,
      json: { siteId, siteName: "after", creationTimeMilli: startMs, lastUpdateTimeMilli: startMs + 1000 },
    });
    expect((await emulator().call("PUT", `${sites}/${siteId}`, { siteName: "after" })).status).toBe(200);
  });

  test("rejects a taken name with 409, a missing one with 400, a missing site with 404", async () => {
    const siteId = await emulator().newSite("mine");
    await emulator().newSite("yours");
    expect((await emulator().call("PUT", `${sites}/${siteId}`, { siteName: "yours" })).status).toBe(409);
    expect((await emulator().call("PUT", `${sites}/${siteId}`, {})).status).toBe(400);
    expect((await emulator().call("PUT", `${sites}/none`, { siteName: "x" })).status).toBe(404);
  });
});

describe("DELETE sites/{siteId}", () => {
  test("without permanent keeps the site in lists, flagged, with its name reserved", async () => {
    const siteId = await emulator().newSite("soft");
    expect((await emulator().call("DELETE", `${sites}/${siteId}`)).status).toBe(200);
    expect(await emulator().call("GET", `${sites}/${siteId}`)).toMatchObject({
      status: 200,
      json: { isDeleted: true },
    });
    expect((await emulator().call("GET", sites)).json).toEqual([expect.objectContaining({ siteId, isDeleted: true })]);
    expect((await emulator().call("POST", sites, { siteName: "soft" })).status).toBe(409);
  });

  test("a soft-deleted site can be renamed, which frees its name, and be deleted permanently", async () => {
    const siteId = await emulator().newSite("soft");
    await emulator().call("DELETE", `${sites}/${siteId}`);
    expect((await emulator().call("PUT", `${sites}/${siteId}`, { siteName: "soft, gone" })).status).toBe(200);
    expect((await emulator().call("POST", sites, { siteName: "soft" })).status).toBe(201);
    expect((await emulator().call("DELETE", `${sites}/${siteId}?permanent=true`)).status).toBe(200);
  });

  test("a soft-deleted site accepts no configuration and no link", async () => {
    const siteId = await emulator().newSite("soft");
    await emulator().call("DELETE", `${sites}/${siteId}`);
    const configuration = { hostIndex: { hosts: [] }, changeDescription: "" };
    expect((await emulator().call("POST", `/api/1/sites/${siteId}/configurations`, configuration)).status).toBe(409);
    expect((await emulator().link(siteId, "1")).status).toBe(409);
  });

  test("with permanent=true deletes the site with everything it had, and frees the name", async () => {
    const siteId = await emulator().newSite("hard");
    const revisionId = await emulator().newRevision(siteId, "www.example.com");
    expect((await emulator().call("DELETE", `${sites}/${siteId}?permanent=true`)).status).toBe(200);
    for (const target of [
      `${sites}/${siteId}`,
      `${sites}/${siteId}/certificates`,
      `${sites}/${siteId}/publishing-operations`,
      `/api/1/sites/${siteId}/configurations/${revisionId}`,
    ]) {
      expect((await emulator().call("GET", target)).status).toBe(404);
    }
    expect((await emulator().call("DELETE", `${sites}/${siteId}?permanent=true`)).status).toBe(404);
    expect((await emulator().call("POST", sites, { siteName: "hard" })).status).toBe(201);
  });

  test("is rejected with 409 until the un-publish has ended", async () => {
    const { siteId } = await emulator().liveSite("live", ["www.example.com"]);
    const remove = async () => (await emulator().call("DELETE", `${sites}/${siteId}?permanent=true`)).status;
    expect(await remove()).toBe(409);
    await emulator().unpublish(siteId);
    expect(await remove()).toBe(409);
    emulator().emulator.clock.advance(300);
    expect(await remove()).toBe(200);
  });

  test("is rejected with 409 while a first publish is in progress, and while staging is published", async () => {
    const siteId = await emulator().newSite("staged");
    const revisionId = await emulator().newRevision(siteId, "www.example.com");
    await emulator().publish(siteId, revisionId, "staging");
    expect((await emulator().call("DELETE", `${sites}/${siteId}`)).status).toBe(409);
    emulator().emulator.clock.advance(300);
    expect((await emulator().call("DELETE", `${sites}/${siteId}`)).status).toBe(409);
  });
});
