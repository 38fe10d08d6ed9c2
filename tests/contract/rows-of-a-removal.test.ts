/** The row of a resource that is removed: what happens, and what is served afterwards. */
import { certificateFacts } from "../../provider/x509/facts.ts";
import { linkOf, publicationOf } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime } from "../support/engine/runtime-provider.ts";
import { type Api, frozenEmulator, newLeaf } from "./emulator-harness.ts";

const HOST = "www.example.com";
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

async function linked(siteId: string, certificateId: number, names: object) {
  return (await linkOf(run).create({ siteId, certificateId, ...names, replaceExisting: true })).state;
}

async function certificate() {
  const leaf = await newLeaf(HOST);
  const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
  return { certificateId: Number(await api.newCertificate(leaf)), names: { fingerprint, dnsNames, notAfter } };
}

test("the row of a removed link of a live site says that no certificate is served there any more", async () => {
  const { certificateId, names } = await certificate();
  const { siteId } = await api.liveSite("live", [HOST], String(certificateId));
  const state = await linked(siteId, certificateId, names);
  await linkOf(run).delete(siteId, state);
  expect(run.said.at(-1)).toBe(`info: unlinked ${certificateId}; no certificate is served on ga anymore`);
  expect((await api.control("GET", "/edge")).json).toEqual([]);
});

test("the row of a removed link of a site that is not in production names no network", async () => {
  const { certificateId, names } = await certificate();
  const siteId = await api.newSite("new");
  const state = await linked(siteId, certificateId, names);
  await linkOf(run).delete(siteId, state);
  expect(run.said.at(-1)).toBe(`info: unlinked ${certificateId}`);
});

test("the row of a removed publication says that the site is un-published, never that it is published", async () => {
  const { certificateId } = await certificate();
  const { siteId, revisionId, publishId } = await api.liveSite("live", [HOST], String(certificateId));
  const state = { siteId, revisionId, publishId, publishStatus: "Success", activatedAt: "" };
  await publicationOf(run).delete(`${siteId}:ga`, state);
  expect(run.said.filter((line) => /\bpublishing/.test(line))).toEqual([]);
  expect(run.said.some((line) => line.startsWith("status: unpublishing the site from ga: "))).toBe(true);
  expect(run.said.at(-1)).toBe("status: unpublished from ga");
});
