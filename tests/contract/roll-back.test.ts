/** What a rotation rolls back to when its publish fails, and when it should not roll back. */
import type { UnusableReason } from "../../provider/core/errors/notes.ts";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { linkOf, unfinished } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime } from "../support/engine/runtime-provider.ts";
import { makeLeaf } from "../support/x509/factory.ts";
import { type Api, frozenEmulator } from "./emulator-harness.ts";

const HOST = "www.example.com";
const DAY_MS = 86_400_000;
const emulator = frozenEmulator();
let run: RuntimeProvider;
let api: Api;

beforeEach(() => {
  api = emulator();
  const { clock } = api.emulator;
  run = startRuntime({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(ms) },
  });
});
afterEach(() => run.close());

async function certificate(days: number) {
  const leaf = await makeLeaf({ names: [HOST], notAfter: new Date(api.emulator.clock.now() + days * DAY_MS) });
  const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
  return { certificateId: Number(await api.newCertificate(leaf)), fingerprint, dnsNames, notAfter };
}

/** A rotation whose publish fails after something happened to the previous certificate. */
async function failedRotation(meanwhile: (first: number) => Promise<unknown>) {
  const first = await certificate(8);
  const { siteId } = await api.liveSite("live", [HOST], String(first.certificateId));
  const { state } = await linkOf(run).create({ siteId, ...first, replaceExisting: true });
  const second = await certificate(40);
  const { clock } = api.emulator;
  let pending: (() => Promise<unknown>) | undefined = () => meanwhile(first.certificateId);
  const during = startRuntime({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: {
      now: () => clock.now(),
      async sleep(ms) {
        const act = pending;
        pending = undefined;
        await act?.();
        clock.advance(ms);
      },
    },
  });
  await api.control("POST", "/faults", { match: {}, effect: { publish: "failed" } });
  const thrown = await unfinished(linkOf(during).update(siteId, state, { siteId, ...second }));
  await during.close();
  const links = (await api.call("GET", `/api/v2/sites/${siteId}/certificates`)).json;
  return { first, second, links, thrown };
}

test("the site is rolled back to the previous certificate while it is usable", async () => {
  const { first, links, thrown } = await failedRotation(async () => undefined);
  expect(links).toEqual([expect.objectContaining({ certificateId: String(first.certificateId) })]);
  const edge = { kind: "republished", targets: ["ga"] };
  expect(thrown.reason).toMatchObject({
    code: "QWILT_PUBLISH_FAILED",
    notes: [{ kind: "rolled-back", certificateId: first.certificateId, edge }],
  });
});

test.each<[string, (first: number) => Promise<unknown>, UnusableReason["kind"]]>([
  ["was deleted meanwhile", (first) => api.call("DELETE", `/api/v2/certificates/${first}`), "missing"],
  ["was revoked meanwhile", (first) => api.control("POST", `/certificates/${first}/revoke`), "revoked"],
  ["expired meanwhile", async () => api.emulator.clock.advance(9 * DAY_MS), "expired"],
])(
  "with a previous certificate that %s, the wanted one stays linked, and nothing is unlinked",
  async (_what, meanwhile, kind) => {
    const { first, second, links, thrown } = await failedRotation(meanwhile);
    expect(links).toEqual([expect.objectContaining({ certificateId: String(second.certificateId) })]);
    const certificates = { certificateId: first.certificateId, linkedCertificateId: second.certificateId };
    expect(thrown.reason).toMatchObject({
      code: "QWILT_PUBLISH_FAILED",
      notes: [{ kind: "previous-unusable", ...certificates, reason: { kind } }],
    });
    expect(thrown.state).toMatchObject({ linkedCertificateId: second.certificateId });
    expect(Reflect.get(thrown.state, "targets")).toMatchObject({ ga: { certificateId: first.certificateId } });
  },
);
