/** What happens automatically to managed certificates over the years. */
import { field, frozenEmulator, hostIndex } from "./emulator-harness.ts";
import { delegate, managedTemplate, readCsr, signingState, templates, undelegate } from "./emulator-signing.ts";

const dayMs = 86_400_000;
const emulator = frozenEmulator({ issueMs: 1_000, publishMs: 300, assumptions: { csrKey: "EC-P256" } });
const advance = (ms: number) => emulator().emulator.clock.advance(ms);
const template = async (id: string) => (await emulator().call("GET", `${templates}/${id}`)).json;
const linked = async (siteId: string) => (await emulator().call("GET", `/api/v2/sites/${siteId}/certificates`)).json;
const operations = async (siteId: string) =>
  (await emulator().call("GET", `/api/v2/sites/${siteId}/publishing-operations`)).json;
const history = async () => (await emulator().control("GET", "/edge/history")).json;

/** A template with a certificate. Its 90 days end at the returned time. */
async function issued(...names: [string, ...string[]]) {
  const made = await managedTemplate(emulator(), ...names);
  await delegate(emulator(), made.csrId);
  advance(1_000);
  const expiresAt = emulator().emulator.clock.now() + 90 * dayMs;
  advance(1_000);
  return { ...made, expiresAt };
}

const until = (time: number) => advance(time - emulator().emulator.clock.now());

test("30 days before expiry the system creates a new request and a new certificate, links and publishes it", async () => {
  const api = emulator();
  const { templateId, expiresAt } = await issued("www.example.com");
  const live = await api.liveSite("live", ["www.example.com"], "1");
  const published = await history();
  until(expiresAt - 30 * dayMs - 1);
  expect(await template(templateId)).toMatchObject({ csrIds: [1], lastCertificateId: 1 });
  until(expiresAt - 30 * dayMs);
  expect(await template(templateId)).toMatchObject({ csrIds: [1, 2], lastCertificateId: 1 });
  advance(999);
  expect(await linked(live.siteId)).toMatchObject([{ certificateId: "1" }]);
  advance(1);
  expect(await signingState(api, "2")).toBe("NOTIFY_SITES");
  expect(await template(templateId)).toMatchObject({ lastCertificateId: 2 });
  advance(100);
  // The site is being switched: linked and requested in one step, live when the publication has ended.
  expect(await signingState(api, "2")).toBe("NOTIFY_SITES");
  expect(await linked(live.siteId)).toMatchObject([{ certificateId: "2", state: "LINKED" }]);
  expect(await operations(live.siteId)).toMatchObject([
    { publishId: live.publishId, isActive: true },
    {
      username: "system",
      operationType: "Publish",
      revisionId: live.revisionId,
      target: "ga",
      publishStatus: "InProgress",
    },
  ]);
  advance(300);
  expect(await signingState(api, "2")).toBe("NOTIFIED_SITES");
  expect(await linked(live.siteId)).toMatchObject([{ certificateId: "2", state: "ACTIVE" }]);
  expect(await history()).toEqual([
    ...(published as object[]),
    expect.objectContaining({
      host: "www.example.com",
      target: "ga",
      certificateId: 2,
      at: new Date(expiresAt - 30 * dayMs + 1_400).toISOString(),
    }),
  ]);
  expect((await readCsr(api, "2")).json).toMatchObject({ lastCertificateId: 2, certificateTemplateIdRef: templateId });
  expect((await api.call("GET", "/api/v2/certificates")).json).toMatchObject([
    { certId: 1, csrId: "1", status: "ISSUED" },
    { certId: 2, csrId: "2", status: "ACTIVE" },
  ]);
});

test("every site of the template switches on each target that is in use; one that is not live is linked only", async () => {
  const api = emulator();
  const { expiresAt } = await issued("*.example.com");
  const both = await api.liveSite("both", ["a.example.com"], "1");
  await api.publish(both.siteId, both.revisionId, "staging");
  const staging = await api.newSite("staging");
  await api.link(staging, "1");
  await api.publish(staging, await api.newRevision(staging, "s.example.com"), "staging");
  const never = await api.newSite("never");
  await api.link(never, "1");
  const other = await api.liveSite("other", ["c.example.com"]);
  advance(1_000);
  until(expiresAt - 29 * dayMs);
  expect(await signingState(api, "2")).toBe("NOTIFIED_SITES");
  for (const site of [both.siteId, staging, never]) expect(await linked(site)).toMatchObject([{ certificateId: "2" }]);
  const made = async (siteId: string) =>
    ((await operations(siteId)) as { username: string; target: string }[])
      .filter(({ username }) => username === "system")
      .map(({ target }) => target);
  expect([await made(both.siteId), await made(staging), await made(never), await made(other.siteId)]).toEqual([
    ["staging", "ga"],
    ["staging"],
    [],
    [],
  ]);
  expect((await api.control("GET", "/edge")).json).toMatchObject([
    { host: "a.example.com", target: "ga", certificateId: 2 },
    { host: "a.example.com", target: "staging", certificateId: 2 },
    { host: "s.example.com", target: "staging", certificateId: 2 },
  ]);
});

test("without the CNAME the new request fails, and the old certificate stays until its expiry", async () => {
  const api = emulator();
  const { templateId, csrId, expiresAt } = await issued("www.example.com");
  const { siteId } = await api.liveSite("live", ["www.example.com"], "1");
  await undelegate(api, csrId);
  until(expiresAt - 29 * dayMs);
  expect(await signingState(api, "2")).toBe("CHALLENGE_DELEGATION_FAILURE");
  expect(await template(templateId)).toMatchObject({ csrIds: [1, 2], lastCertificateId: 1 });
  until(expiresAt + 1);
  expect(await linked(siteId)).toMatchObject([{ certificateId: "1" }]);
  expect((await api.call("GET", "/api/v2/certificates/1")).json).toMatchObject({ status: "EXPIRED" });
  expect((await api.control("GET", "/edge")).json).toMatchObject([{ certificateId: 1 }]);
});

test("once the CNAME is back, a triggered request gives the sites a new certificate", async () => {
  const api = emulator();
  const { templateId, csrId, expiresAt } = await issued("www.example.com");
  const { siteId } = await api.liveSite("live", ["www.example.com"], "1");
  await undelegate(api, csrId);
  until(expiresAt - 20 * dayMs);
  await delegate(api, csrId);
  advance(dayMs);
  expect(await linked(siteId)).toMatchObject([{ certificateId: "1" }]);
  await api.call("POST", `${templates}/${templateId}/certificate-signing-requests`);
  advance(2_000);
  expect(await signingState(api, "3")).toBe("NOTIFIED_SITES");
  expect((await api.control("GET", "/edge")).json).toMatchObject([{ certificateId: 2 }]);
});

test("a site that somebody linked to another certificate, or to none, is left alone", async () => {
  const api = emulator();
  const { expiresAt } = await issued("*.example.com");
  await issued("*.example.com");
  const moved = await api.liveSite("moved", ["a.example.com"], "1");
  const bare = await api.liveSite("bare", ["b.example.com"], "1");
  for (const { siteId } of [moved, bare]) await api.call("DELETE", `/api/v2/sites/${siteId}/certificates/1`);
  await api.link(moved.siteId, "2");
  until(expiresAt - 30 * dayMs + 1_900);
  expect([await signingState(api, "3"), await linked(bare.siteId)]).toEqual(["NOTIFIED_SITES", []]);
  expect(await linked(moved.siteId)).toMatchObject([{ certificateId: "2" }]);
  expect((await api.control("GET", "/edge")).json).toMatchObject([{ certificateId: 1 }, { certificateId: 1 }]);
});

test("a publication in progress is waited for, and nothing is lost", async () => {
  const api = emulator();
  const { expiresAt } = await issued("www.example.com");
  const { siteId, revisionId } = await api.liveSite("live", ["www.example.com"], "1");
  until(expiresAt - 30 * dayMs + 1_090);
  const next = await api.newRevision(siteId, "www.example.com", "new.example.com");
  await api.publish(siteId, next);
  advance(10);
  // The customer's operation is being validated: another one would be rejected.
  expect(await linked(siteId)).toMatchObject([{ certificateId: "1" }]);
  advance(2_000);
  expect(await signingState(api, "2")).toBe("NOTIFIED_SITES");
  expect((await api.control("GET", "/edge")).json).toMatchObject([
    { host: "new.example.com", certificateId: 2 },
    { host: "www.example.com", certificateId: 2 },
  ]);
  expect(await operations(siteId)).toMatchObject([
    { revisionId },
    { revisionId: next },
    { revisionId: next, username: "system", isActive: true },
  ]);
});

test("a system publication that is canceled ends in NOTIFY_SITES_FAILURE", async () => {
  const api = emulator();
  const { expiresAt } = await issued("www.example.com");
  const { siteId } = await api.liveSite("live", ["www.example.com"], "1");
  until(expiresAt - 30 * dayMs + 1_100);
  const [, system] = (await operations(siteId)) as { publishId: string }[];
  const path = `/api/v2/sites/${siteId}/publishing-operations/${system?.publishId}/actions/cancel`;
  expect((await api.call("POST", path)).status).toBe(200);
  expect(await signingState(api, "2")).toBe("NOTIFY_SITES_FAILURE");
  expect((await api.control("GET", "/edge")).json).toMatchObject([{ certificateId: 1 }]);
  expect((await api.call("GET", "/api/v2/certificates/2")).status).toBe(200);
});

test.each([
  ["NOTIFY_SITES_FAILURE", 2],
  ["CA_SIGN_FAILURE", 1],
  ["REQUESTING_CERTIFICATE_FROM_CA_FAILURE", 1],
])("a fault leads a renewal into %s", async (signing, certificates) => {
  const api = emulator();
  const { expiresAt } = await issued("www.example.com");
  const { siteId } = await api.liveSite("live", ["www.example.com"], "1");
  await api.control("POST", "/faults", {
    match: { method: "POST", route: "/api/v2/certificate-templates/*/**" },
    effect: { signing },
  });
  until(expiresAt - 29 * dayMs);
  expect(await signingState(api, "2")).toBe(signing);
  expect((await api.call("GET", "/api/v2/certificates")).json).toHaveLength(certificates);
  expect(await linked(siteId)).toMatchObject([{ certificateId: "1" }]);
});

test("a deleted template renews nothing, and its certificate stays", async () => {
  const api = emulator();
  const { templateId, expiresAt } = await issued("www.example.com");
  await api.call("DELETE", `${templates}/${templateId}`);
  until(expiresAt - dayMs);
  expect((await api.call("GET", "/api/v2/certificates")).json).toMatchObject([{ certId: 1, status: "ISSUED" }]);
});

test("a request that the customer triggered before replaces the renewal", async () => {
  const api = emulator();
  const { templateId, expiresAt } = await issued("www.example.com");
  until(expiresAt - 31 * dayMs);
  await api.call("POST", `${templates}/${templateId}/certificate-signing-requests`);
  until(expiresAt - 29 * dayMs);
  expect(await template(templateId)).toMatchObject({ csrIds: [1, 2], lastCertificateId: 2 });
});

describe.each([
  [6, 2],
  [45, 15],
  [90, 30],
  [100, 30],
  [398, 30],
])("with certificates of %d days", (days, margin) => {
  const lived = frozenEmulator({ issueMs: 0, publishMs: 0, certificateDays: days, assumptions: { csrKey: "EC-P256" } });

  test(`each is renewed ${margin} days before expiry, over two years, and the edge always serves one`, async () => {
    const api = lived();
    const { csrId } = await managedTemplate(api, "www.example.com");
    await delegate(api, csrId);
    api.emulator.clock.advance(1);
    const siteId = await api.newSite("live");
    await api.link(siteId, "1");
    const revision = await api.call("POST", `/api/1/sites/${siteId}/configurations`, {
      hostIndex: hostIndex("www.example.com"),
      changeDescription: "a change",
    });
    await api.publish(siteId, field(revision, "revisionId"));
    for (let month = 0; month < 24; month++) api.emulator.clock.advance(30 * dayMs);
    const rows = (await api.control("GET", "/edge/history")).json as { at: string; notAfter: string | null }[];
    expect(rows.length).toBe(1 + Math.floor((720 * dayMs) / ((days - margin) * dayMs)));
    for (const [index, { notAfter }] of rows.entries()) {
      const next = rows[index + 1];
      if (next === undefined) continue;
      const leftMs = Date.parse(notAfter ?? "") - Date.parse(next.at);
      expect(Math.abs(leftMs - margin * dayMs)).toBeLessThan(5_000);
    }
  }, 30_000);
});
