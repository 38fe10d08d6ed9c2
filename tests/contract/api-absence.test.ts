/** What counts as deleted leaves a stack's state, and may still exist: a 404 and a deletion have to be confirmed. */
import { createQwiltApi, type QwiltApi } from "../../provider/api/qwilt-api.ts";
import { systemClock } from "../../provider/core/clock.ts";
import { readConfig } from "../../provider/core/config.ts";
import { publicationOf } from "../support/engine/resource-verbs.ts";
import { startRuntime } from "../support/engine/runtime-provider.ts";
import { type Api, frozenEmulator, newLeaf } from "./emulator-harness.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();
let api: Api;
let client: QwiltApi;

beforeEach(() => {
  api = emulator();
  const env = { QWILT_ENDPOINT: api.emulator.api, QWILT_API_KEY: api.emulator.apiKey };
  client = createQwiltApi({ config: readConfig({ get: () => undefined }, env), clock: systemClock });
});
afterEach(() => client.close());

/** The next responses of this route are 404. */
const notFound = (method: string, route: string, times: number) =>
  api.control("POST", "/faults", { match: { method, route, times }, effect: { status: 404 } });

const LASTING = 1_000;

describe.each([
  ["links", "certificates", (siteId: string) => client.siteCertificates.list(siteId)],
  ["publishing operations", "publishing-operations", (siteId: string) => client.publishing.list(siteId)],
  ["revisions", "configurations", (siteId: string) => client.siteConfigurations.list(siteId)],
] as const)("the %s of a site", (_title, last, list) => {
  const route = `/api/*/sites/*/${last}`;

  test("are read again after a 404 while the site exists", async () => {
    const { siteId } = await api.liveSite("live", [HOST]);
    await notFound("GET", route, 1);
    expect(await list(siteId)).toBeInstanceOf(Array);
  });

  test("are an unexpected response if the 404 stays", async () => {
    const { siteId } = await api.liveSite("live", [HOST]);
    await notFound("GET", route, LASTING);
    await expect(list(siteId)).rejects.toMatchObject({
      code: "QWILT_API_UNEXPECTED_ANSWER",
      details: { reason: "contradiction", exists: "parent" },
      call: { outcome: "not-done", reading: true },
      where: expect.stringContaining(siteId),
    });
  });

  test("do not exist if the site does not", async () => {
    expect(await list("0123456789abcdef01234567")).toBeUndefined();
  });
});

test("a publishing operation whose own path returns 404 is found in the list", async () => {
  const { siteId, publishId } = await api.liveSite("live", [HOST]);
  await notFound("GET", "/api/v2/sites/*/publishing-operations/*", LASTING);
  expect(await client.publishing.get(siteId, publishId)).toMatchObject({ publishId, publishStatus: "Success" });
  expect(await client.publishing.get(siteId, "another")).toBeUndefined();
});

test("an object does not exist if it was not found twice", async () => {
  const certificateId = await api.newCertificate(await newLeaf(HOST));
  await notFound("GET", "/api/v2/certificates/*", 1);
  expect(await client.certificates.get(certificateId)).toMatchObject({ certId: Number(certificateId) });
  await notFound("GET", "/api/v2/certificates/*", 2);
  expect(await client.certificates.get(certificateId)).toBeUndefined();
});

describe.each([
  ["certificate", "/api/v2/certificates", (id: string) => client.certificates.delete(id)],
  ["site", "/api/v2/sites", (id: string) => client.sites.delete(id)],
  ["template", "/api/v2/certificate-templates", (id: string) => client.certificateTemplates.delete(id)],
] as const)("the deletion of a %s", (kind, collection, remove) => {
  async function made(): Promise<string> {
    if (kind === "certificate") return api.newCertificate(await newLeaf(HOST));
    if (kind === "site") return api.newSite("to be deleted");
    return String(
      (await client.certificateTemplates.create({ commonName: HOST, autoManagedCertificateTemplate: true }))
        .certificateTemplateId,
    );
  }

  test("is repeated after a 404 while the object exists", async () => {
    const id = await made();
    await notFound("DELETE", `${collection}/*`, 1);
    expect(await remove(id)).toBe(true);
    expect((await api.call("GET", `${collection}/${id}`)).status).toBe(404);
  });

  test("fails if the 404 stays while the object exists", async () => {
    const id = await made();
    await notFound("DELETE", `${collection}/*`, LASTING);
    await expect(remove(id)).rejects.toMatchObject({
      code: "QWILT_API_UNEXPECTED_ANSWER",
      details: { reason: "contradiction", exists: "object" },
      call: { outcome: "not-done" },
    });
  });

  test("does not count as done if the response is an HTML page", async () => {
    const id = await made();
    const effect = { status: 200, body: "<!doctype html><html><body>Please sign in</body></html>" };
    await api.control("POST", "/faults", { match: { method: "DELETE", route: `${collection}/*` }, effect });
    await expect(remove(id)).rejects.toMatchObject({
      code: "QWILT_API_UNEXPECTED_ANSWER",
      details: { reason: "malformed", mayHaveChanged: true },
      call: { outcome: "unknown" },
    });
  });

  test("succeeds if somebody else deleted it first", async () => {
    const id = await made();
    await api.call("DELETE", `${collection}/${id}?permanent=true`);
    expect(await remove(id)).toBe(false);
  });
});

test("an unlink with a 404 while the link exists is repeated, and fails if the 404 stays", async () => {
  const certificateId = await api.newCertificate(await newLeaf(HOST));
  const { siteId } = await api.liveSite("live", [HOST], certificateId);
  const route = "/api/v2/sites/*/certificates/*";
  await notFound("DELETE", route, 2);
  await expect(client.siteCertificates.unlink(siteId, Number(certificateId))).rejects.toMatchObject({
    code: "QWILT_API_UNEXPECTED_ANSWER",
  });
  await notFound("DELETE", route, 1);
  expect(await client.siteCertificates.unlink(siteId, Number(certificateId))).toBe(true);
  expect(await client.siteCertificates.list(siteId)).toEqual([]);
  expect(await client.siteCertificates.unlink(siteId, Number(certificateId))).toBe(false);
});

test("a publication is removed although its site returns one 404", async () => {
  const { siteId, revisionId, publishId } = await api.liveSite("live", [HOST]);
  const { clock } = api.emulator;
  const sleep = async (ms: number) => void clock.advance(ms);
  const options = { api: api.emulator.api, apiKey: api.emulator.apiKey, clock: { now: () => clock.now(), sleep } };
  const run = startRuntime(options);
  await notFound("GET", `/api/v2/sites/*/certificates`, 1);
  const state = { siteId, revisionId, publishId, publishStatus: "Success", activatedAt: "" };
  await publicationOf(run).delete(`${siteId}:ga`, state);
  run.close();
  const operations = (await client.publishing.list(siteId)) ?? [];
  expect(operations.find(({ isActive }) => isActive)?.operationType).toBe("Unpublish");
});
