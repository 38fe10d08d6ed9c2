/** The client against the emulator: every endpoint, checked with the emulator's ledger and faults. */
import type { Emulator } from "../../emulator/emulator.ts";
import { startEmulator } from "../../emulator/emulator.ts";
import { type CallError, isCallError } from "../../provider/api/http/api-error.ts";
import { createQwiltApi, type QwiltApi } from "../../provider/api/qwilt-api.ts";
import { systemClock } from "../../provider/core/clock.ts";
import { readConfig } from "../../provider/core/config.ts";
import { poll } from "../../provider/core/poll.ts";
import { publishPhase } from "../../provider/wire/publishing-operation.ts";
import { makeLeaf } from "../support/x509/factory.ts";

const HOST = "www.example.com";
const hostIndex = {
  hosts: [
    {
      host: HOST,
      "host-metadata": {
        metadata: [
          {
            "generic-metadata-type": "MI.SourceMetadataExtended",
            "generic-metadata-value": { sources: [{ protocol: "https/1.1", endpoints: ["origin.example.net"] }] },
          },
        ],
      },
    },
  ],
};

let emulator: Emulator;
let api: QwiltApi;
let leaf: Awaited<ReturnType<typeof makeLeaf>>;
const opened: QwiltApi[] = [];

beforeAll(async () => {
  emulator = await startEmulator({ publishMs: 50 });
  leaf = await makeLeaf({ names: [HOST] });
});
afterAll(() => emulator.close());
beforeEach(async () => {
  await control("POST", "/reset");
  api = client({ QWILT_API_KEY: emulator.apiKey });
});
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

function client(env: Record<string, string>): QwiltApi {
  const config = readConfig({ get: () => undefined }, { QWILT_ENDPOINT: emulator.api, ...env });
  const made = createQwiltApi({ config, clock: systemClock, random: () => 0 });
  opened.push(made);
  return made;
}

async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${emulator.control}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

async function calls(): Promise<string[]> {
  const rows = (await control("GET", "/ledger")) as { method: string; path: string; status: number }[];
  return rows.map(({ method, path, status }) => `${method} ${path} ${status}`);
}

const fault = (route: string, effect: object, method?: string) =>
  control("POST", "/faults", { match: { route, ...(method === undefined ? {} : { method }) }, effect });

const upload = (description = "") =>
  api.certificates.upload({
    certificate: leaf.certificate,
    certificateChain: leaf.certificateChain,
    privateKey: leaf.privateKey,
    description,
  });

async function publishedSite(): Promise<{ siteId: string; revisionId: string; publishId: string }> {
  const { siteId } = await api.sites.create({ siteName: "shop" });
  const { revisionId } = await api.siteConfigurations.add(siteId, { hostIndex, changeDescription: "first" });
  const { publishId } = await api.publishing.publish(siteId, { revisionId, target: "ga" });
  await ended(siteId, publishId);
  return { siteId, revisionId, publishId };
}

async function ended(siteId: string, publishId: string): Promise<void> {
  const polled = await poll({
    clock: systemClock,
    deadlineMs: Date.now() + 10_000,
    intervalMs: () => 20,
    probe: async () => {
      const operation = await api.publishing.get(siteId, publishId);
      return operation !== undefined && publishPhase(operation) === "done" ? operation : undefined;
    },
  });
  expect(polled.kind).toBe("done");
}

async function errorOf(call: Promise<unknown>): Promise<CallError> {
  const thrown = await call.catch((error: unknown) => error);
  if (!isCallError(thrown)) throw new Error(`no CallError but ${String(thrown)}`);
  return thrown;
}

test("a certificate is uploaded, read as PEM, described and deleted", async () => {
  const made = await upload("first");
  expect(made).toMatchObject({ certId: expect.any(Number), status: "ISSUED", tenant: "devorg", description: "first" });
  expect(await api.certificates.get(made.certId, { detailed: true })).toMatchObject({
    certificate: leaf.certificate,
    certificateChain: leaf.certificateChain,
    csrId: undefined,
  });
  expect((await api.certificates.get(made.certId))?.certificate).toBeUndefined();
  expect(await api.certificates.list({ detailed: true })).toMatchObject([{ certId: made.certId }]);

  const { certificate, certificateChain } = leaf;
  const updated = await api.certificates.update(made.certId, { certificate, certificateChain, description: "second" });
  expect(updated).toMatchObject({ certId: made.certId, description: "second" });
  expect(await api.certificates.delete(made.certId)).toBe(true);
  expect(await api.certificates.delete(made.certId)).toBe(false);
  expect(await api.certificates.get(made.certId)).toBeUndefined();
});

test("the server's message about a bad upload is shown, without the key", async () => {
  const other = await makeLeaf({ names: [HOST], keyType: "EC-P384" });
  const { certificate, certificateChain } = leaf;
  const error = await errorOf(api.certificates.upload({ certificate, certificateChain, privateKey: other.privateKey }));
  expect(error).toMatchObject({
    code: "QWILT_BAD_REQUEST",
    call: { status: 400, outcome: "not-done" },
    details: { serverText: expect.stringMatching(/./) },
  });
  expect(error.message).not.toContain("BEGIN");
});

test("a site is created, renamed, listed and deleted for good", async () => {
  const { siteId, routingMethod, isDeleted } = await api.sites.create({ siteName: "shop" });
  expect([routingMethod, isDeleted]).toEqual(["DNS", false]);
  expect(await api.sites.update(siteId, { siteName: "store" })).toMatchObject({ siteId, siteName: "store" });
  expect(await api.sites.list()).toMatchObject([{ siteId, siteName: "store" }]);
  expect((await api.sites.get(siteId))?.activeAndLastPublishingOperation).toEqual({
    active: undefined,
    last: undefined,
  });
  expect(await api.sites.delete(siteId)).toBe(true);
  expect(await api.sites.delete(siteId)).toBe(false);
  expect(await api.sites.get(siteId)).toBeUndefined();
  expect(await api.siteCertificates.list(siteId)).toBeUndefined();
  expect(await api.publishing.list(siteId)).toBeUndefined();
  expect(await api.siteConfigurations.list(siteId)).toBeUndefined();
});

test("a taken site name is a conflict", async () => {
  await api.sites.create({ siteName: "shop" });
  expect(await errorOf(api.sites.create({ siteName: "shop" }))).toMatchObject({
    code: "QWILT_CONFLICT",
    call: { status: 409 },
  });
});

test("revisions are numbered, and contain what was saved", async () => {
  const { siteId } = await api.sites.create({ siteName: "shop" });
  const first = await api.siteConfigurations.add(siteId, { hostIndex, changeDescription: "first" });
  const second = await api.siteConfigurations.add(siteId, { hostIndex, changeDescription: "<second> & last" });
  expect([first.revisionNum, second.revisionNum]).toEqual([1, 2]);
  expect(await api.siteConfigurations.get(siteId, second.revisionId)).toMatchObject({
    hostIndex,
    changeDescription: "<second> & last",
  });
  const truncated = await api.siteConfigurations.list(siteId, { truncateHostIndex: true });
  expect(truncated?.map((revision) => revision.hostIndex)).toEqual([undefined, undefined]);
  expect(await api.siteConfigurations.get(siteId, "0".repeat(24))).toBeUndefined();
});

test("a certificate is linked once, unlinked once, and in use meanwhile", async () => {
  const { siteId } = await api.sites.create({ siteName: "shop" });
  const { certId } = await upload();
  expect(await api.siteCertificates.list(siteId)).toEqual([]);
  expect(await api.siteCertificates.link(siteId, certId)).toMatchObject([{ certificateId: certId }]);
  expect(await api.siteCertificates.list(siteId)).toMatchObject([{ certificateId: certId }]);
  expect(await errorOf(api.siteCertificates.link(siteId, certId))).toMatchObject({ code: "QWILT_CONFLICT" });
  expect(await errorOf(api.certificates.delete(certId))).toMatchObject({ code: "QWILT_CONFLICT" });
  expect(await api.siteCertificates.unlink(siteId, certId)).toBe(true);
  expect(await api.siteCertificates.unlink(siteId, certId)).toBe(false);
});

test("a site is published, republished and un-published, and each is followed to its end", async () => {
  const { siteId, revisionId, publishId } = await publishedSite();
  expect((await api.sites.get(siteId))?.activeAndLastPublishingOperation?.active).toMatchObject({
    publishId,
    revisionId,
    target: "ga",
    operationType: "Publish",
    isActive: true,
  });
  expect((await api.sites.get(siteId, { publishTarget: "staging" }))?.activeAndLastPublishingOperation?.active).toBe(
    undefined,
  );
  const again = await api.publishing.republish(siteId, "ga");
  expect(again.publishId).not.toBe(publishId);
  await ended(siteId, again.publishId);
  expect(await errorOf(api.sites.delete(siteId))).toMatchObject({ code: "QWILT_CONFLICT" });
  const off = await api.publishing.unpublish(siteId, "ga");
  expect(off.operationType).toBe("Unpublish");
  await ended(siteId, off.publishId);
  expect(await api.publishing.list(siteId)).toHaveLength(3);
  expect(await api.sites.delete(siteId)).toBe(true);
});

test("an operation is canceled", async () => {
  const { siteId } = await api.sites.create({ siteName: "shop" });
  const { revisionId } = await api.siteConfigurations.add(siteId, { hostIndex, changeDescription: "first" });
  await fault("/api/v2/sites/*/publishing-operations", { publish: "stuck" }, "POST");
  const { publishId } = await api.publishing.publish(siteId, { revisionId, target: "staging" });
  expect(await api.publishing.cancel(siteId, publishId)).toBe(true);
  const cancelled = await api.publishing.get(siteId, publishId);
  expect(cancelled === undefined ? undefined : publishPhase(cancelled)).toBe("failed");
  expect(await api.publishing.cancel(siteId, "27ae501c-ac0f-430a-876c-42e6e78d2969")).toBe(false);
});

test("templates and signing requests that do not exist are undefined", async () => {
  expect(await api.certificateTemplates.list()).toEqual([]);
  expect(await api.certificateTemplates.get(999)).toBeUndefined();
  expect(await api.certificateTemplates.delete(999)).toBe(false);
  expect(await api.signingRequests.list()).toEqual([]);
  expect(await api.signingRequests.get(999)).toBeUndefined();
  expect(await api.signingRequests.pem(999)).toBeUndefined();
});

test("the origin allow list has networks", async () => {
  const { md5, ipData } = await api.originAllowList.get();
  expect(md5).toEqual(expect.any(String));
  expect(Object.keys(ipData).length).toBeGreaterThan(0);
});

test("an API key is created, used and revoked", async () => {
  const { keyId, apiToken } = await api.apiKeys.create({ name: "ci", ttl: 1, permission: "MediaEditor" });
  expect((await api.apiKeys.get(keyId))?.apiToken).toBeUndefined();
  const theirs = client({ QWILT_API_KEY: apiToken ?? "" });
  expect(await theirs.certificates.list()).toEqual([]);
  expect(await api.apiKeys.revoke(keyId)).toBe(true);
  expect(await errorOf(theirs.certificates.list())).toMatchObject({ code: "QWILT_AUTH_FAILED" });
  expect(await api.apiKeys.revoke(keyId)).toBe(false);
});

test("a login works, and survives the expiry of its token on the server's clock", async () => {
  const person = client({ QWILT_USERNAME: emulator.username, QWILT_PASSWORD: emulator.password });
  expect(await person.certificates.list()).toEqual([]);
  await control("POST", "/clock/advance", { ms: 61 * 60_000 });
  expect(await person.sites.list()).toEqual([]);
  expect((await calls()).filter((line) => line.startsWith("GET /login"))).toHaveLength(2);
});

test("a wrong password is rejected, and is not shown", async () => {
  const person = client({ QWILT_USERNAME: emulator.username, QWILT_PASSWORD: "planted-password" });
  const error = await errorOf(person.certificates.list());
  expect(error.code).toBe("QWILT_AUTH_FAILED");
  expect(error.message).not.toContain("planted");
});

describe("faults", () => {
  test.each([
    ["a status", { status: 503 }],
    ["a status with Retry-After", { status: 429, retryAfter: 0 }],
    ["a cut connection", { reset: "before" }],
    ["a lost answer", { reset: "after" }],
    ["a cut body", { truncate: true }],
  ])("a read is repeated after %s", async (_title, effect) => {
    const { certId } = await upload();
    await fault("/api/v2/certificates", effect, "GET");
    expect(await api.certificates.list()).toMatchObject([{ certId }]);
    expect((await calls()).filter((line) => line.startsWith("GET /api/v2/certificates"))).toHaveLength(2);
  });

  test.each([
    ["a lost answer", { reset: "after" }, "QWILT_OUTCOME_UNKNOWN", 1],
    ["a cut answer", { truncate: true }, "QWILT_OUTCOME_UNKNOWN", 1],
    ["a cut connection", { reset: "before" }, "QWILT_OUTCOME_UNKNOWN", 0],
    ["an error of the server", { status: 500 }, "QWILT_SERVER_ERROR", 0],
  ])("an upload is not repeated after %s, and its outcome is unknown", async (_title, effect, code, made) => {
    await fault("/api/v2/certificates", effect, "POST");
    expect(await errorOf(upload())).toMatchObject({ code, call: { outcome: "unknown" } });
    expect(await api.certificates.list()).toHaveLength(made);
    expect((await calls()).filter((line) => line.startsWith("POST"))).toHaveLength(1);
  });

  test("an unlink whose response is lost is carried out once and known to be done", async () => {
    const { siteId } = await api.sites.create({ siteName: "shop" });
    const { certId } = await upload();
    await api.siteCertificates.link(siteId, certId);
    await fault("/api/v2/sites/*/certificates/*", { reset: "after" }, "DELETE");
    expect(await api.siteCertificates.unlink(siteId, certId)).toBe(false);
    expect(await api.siteCertificates.list(siteId)).toEqual([]);
  });

  test("a request that gets one 401 continues with a renewed login", async () => {
    const person = client({ QWILT_USERNAME: emulator.username, QWILT_PASSWORD: emulator.password });
    await person.certificates.list();
    await fault("/api/v2/sites", { status: 401 });
    expect(await person.sites.list()).toEqual([]);
    expect((await calls()).filter((line) => line.startsWith("GET /login"))).toHaveLength(2);
  });
});

test("a refresh of ten sites with their certificates costs 10 + 3 calls", async () => {
  const siteIds: string[] = [];
  for (let i = 0; i < 10; i++) siteIds.push((await api.sites.create({ siteName: `site ${i}` })).siteId);
  await control("DELETE", "/ledger");
  await Promise.all(
    siteIds.map((siteId) =>
      Promise.all([
        api.certificates.listShared({ detailed: true }),
        api.sites.listShared({ publishTarget: "ga" }),
        api.sites.listShared({ publishTarget: "staging" }),
        api.siteCertificates.list(siteId),
      ]),
    ),
  );
  expect(await calls()).toHaveLength(13);
});
