import { type Assumptions, defaultAssumptions, strictAssumptions } from "../../emulator/assumptions.ts";
import { startEmulator } from "../../emulator/emulator.ts";
import { Api, field, newLeaf, send, uploadOf } from "./emulator-harness.ts";

const opened: Api[] = [];
afterEach(async () => {
  for (const { emulator } of opened.splice(0)) await emulator.close();
});

async function emulatorWith(assumptions: Partial<Assumptions>): Promise<Api> {
  const api = new Api(await startEmulator({ now: "2026-03-01T00:00:00.000Z", assumptions }));
  opened.push(api);
  return api;
}

const sites = "/api/v2/sites";
const upload = async (api: Api) => api.newCertificate(await newLeaf("www.example.com"));

test.each<[string, Partial<Assumptions>, (api: Api) => Promise<unknown>, unknown]>([
  [
    "U5 duplicate uploads",
    { duplicateUpload: "refuse" },
    async (api) => {
      const body = uploadOf(await newLeaf("www.example.com"));
      await api.call("POST", "/api/v2/certificates", body);
      return (await api.call("POST", "/api/v2/certificates", body)).status;
    },
    409,
  ],
  [
    "U6 the empty key of an update",
    { emptyKeyOnUpdate: "refuse" },
    async (api) => {
      const body = uploadOf(await newLeaf("www.example.com"));
      await api.call("POST", "/api/v2/certificates", body);
      return (await api.call("PUT", "/api/v2/certificates/1", { ...body, privateKey: "" })).status;
    },
    400,
  ],
  [
    "U7 PEM without detailed",
    { pemWithoutDetailed: "include" },
    async (api) => {
      await upload(api);
      return "certificate" in JSON.parse((await api.call("GET", "/api/v2/certificates/1")).text);
    },
    true,
  ],
  [
    "U10 deleting a linked certificate",
    { deleteLinkedCertificate: "accept" },
    async (api) => {
      await api.link(await api.newSite("a"), await upload(api));
      return (await api.call("DELETE", "/api/v2/certificates/1")).status;
    },
    200,
  ],
  [
    "U11 statuses of links",
    { secondLinkStatus: 400, notLinkedStatus: 409, unknownCertificateStatus: 400 },
    async (api) => {
      const siteId = await api.newSite("a");
      const missing = (await api.link(siteId, "9")).status;
      const unlink = (await api.call("DELETE", `${sites}/${siteId}/certificates/9`)).status;
      await api.link(siteId, await upload(api));
      return [missing, unlink, (await api.link(siteId, "1")).status];
    },
    [400, 409, 400],
  ],
  [
    "U13 targets one at a time",
    { targets: "one-at-a-time" },
    async (api) => {
      const siteId = await api.newSite("a");
      const revisionId = await api.newRevision(siteId, "www.example.com");
      await api.publish(siteId, revisionId, "staging");
      return (await api.publish(siteId, revisionId, "ga")).status;
    },
    409,
  ],
  [
    "U14 republish of an unpublished site",
    { notPublishedStatus: 400 },
    async (api) => (await api.republish(await api.newSite("a"))).status,
    400,
  ],
  [
    "U15 deleting a published site",
    { deletePublishedSite: "accept" },
    async (api) => {
      const { siteId } = await api.liveSite("a", ["www.example.com"], await upload(api));
      const { status } = await api.call("DELETE", `${sites}/${siteId}?permanent=true`);
      return [status, (await api.control("GET", "/edge")).json];
    },
    [200, []],
  ],
  [
    "U16 the error body",
    { errorBody: (status, message) => ({ error: { status, message } }) },
    async (api) => (await api.call("GET", `${sites}/x`)).json,
    { error: { status: 404, message: "Site x does not exist." } },
  ],
  [
    "U18 creates answer 200",
    { createdStatus: 200 },
    async (api) => (await api.call("POST", sites, { siteName: "a" })).status,
    200,
  ],
  [
    "U26 values that mean no",
    { falseQueryValues: ["no"] },
    async (api) => {
      const siteId = await api.newSite("a");
      const answer = await api.call("GET", `${sites}/${siteId}?includePublishDetails=no`);
      return JSON.parse(answer.text).activeAndLastPublishingOperation;
    },
    null,
  ],
  [
    "U27 links of an unpublished revision",
    { linksOfUnpublishedRevision: "none" },
    async (api) => {
      const siteId = await api.newSite("a");
      const revisionId = await api.newRevision(siteId, "www.example.com");
      await api.link(siteId, await upload(api));
      return (await api.call("GET", `${sites}/${siteId}/certificates?siteRevisionId=${revisionId}`)).json;
    },
    [],
  ],
  [
    "U30 the first validation error alone",
    { validatorsErrDetails: "first" },
    async (api) => {
      const { siteId } = await api.liveSite("a", ["www.example.com"]);
      await api.control("POST", "/faults", { effect: { publish: "invalid" } });
      const publishId = field(await api.republish(siteId), "publishId");
      api.emulator.clock.advance(300);
      return Array.isArray(JSON.parse((await api.operation(siteId, publishId)).text).validatorsErrDetails);
    },
    false,
  ],
  [
    "U32 names and their conflicts",
    { siteName: { conflictStatus: 400, longest: 3 } },
    async (api) => {
      const names = ["abc", "abc", "abcd"];
      const found = [];
      for (const siteName of names) found.push((await api.call("POST", sites, { siteName })).status);
      return found;
    },
    [201, 400, 400],
  ],
  [
    "U36 a failed login",
    { loginFailureStatus: 403 },
    async (api) => (await send(api.emulator.api, { method: "GET", target: "/login" })).status,
    403,
  ],
  [
    "U38 the largest body",
    { largestBodyBytes: 100 },
    async (api) => (await api.call("POST", sites, { siteName: "x".repeat(100) })).status,
    413,
  ],
  [
    "the moment in which a publication takes the certificate",
    { certificateTaken: "when-taking-effect" },
    async (api) => {
      const siteId = await api.newSite("a");
      await api.publish(siteId, await api.newRevision(siteId, "www.example.com"));
      await api.link(siteId, await upload(api));
      api.emulator.clock.advance(300);
      return (await api.control("GET", "/edge")).json;
    },
    [expect.objectContaining({ certificateId: 1 })],
  ],
  [
    "changes of a soft-deleted site",
    { softDeletedSite: "accept-changes" },
    async (api) => {
      const siteId = await api.newSite("a");
      await api.call("DELETE", `${sites}/${siteId}`);
      return (await api.link(siteId, await upload(api))).status;
    },
    201,
  ],
  [
    "the time until a new key works",
    { apiKeyActivationMs: 300_000 },
    async (api) => {
      const body = { name: "a", ttl: 1, permission: "MediaEditor" };
      const key = { "x-api-key": field(await api.call("POST", "/api/1/api-keys", body), "apiToken") };
      const at = async () => (await api.as(key).call("GET", sites)).status;
      const before = await at();
      api.emulator.clock.advance(300_000);
      return [before, await at()];
    },
    [401, 200],
  ],
  [
    "an empty subject text",
    { emptySubjectText: "refuse" },
    async (api) => {
      const body = { commonName: "www.example.com", autoManagedCertificateTemplate: true, locality: "" };
      return (await api.call("POST", "/api/v2/certificate-templates", body)).status;
    },
    400,
  ],
])("%s is a switch", async (_title, assumptions, act, expected) => {
  expect(await act(await emulatorWith(assumptions))).toEqual(expected);
});

test("strict changes only what rejects more", () => {
  const changed = Object.entries(strictAssumptions).filter(
    ([name, value]) => value !== Object.entries(defaultAssumptions).find(([other]) => other === name)?.[1],
  );
  expect(Object.fromEntries(changed)).toEqual({
    duplicateSans: "refuse",
    newCsrWhileRunning: "refuse",
    expiryNotify: "boolean",
    expiredUpload: "refuse",
    brokenChain: "refuse",
    deleteServedCertificate: "refuse",
    deleteTemplateWithCertificates: "refuse",
    linkUnusable: "refuse",
    operationWhileRunning: "refuse",
    uncoveredHost: "refuse",
    missingTrafficType: "refuse",
  });
});
