/**
 * Hosts that an earlier run read from the configuration: a rotation is refused because of the current hosts, not the
 * former ones.
 */
import { certificateFacts } from "../../provider/x509/facts.ts";
import { linkOf } from "../support/engine/resource-verbs.ts";
import { startRuntime } from "../support/engine/runtime-provider.ts";
import { testClock } from "../support/test-clock.ts";
import { type Api, field, frozenEmulator, newLeaf } from "./emulator-harness.ts";

const HOSTS = ["www.example.com", "shop.example.com"];
const emulator = frozenEmulator();
let api: Api;
beforeEach(() => {
  api = emulator();
});

async function certificate(...names: string[]) {
  const leaf = await newLeaf(...names);
  const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
  return { certificateId: Number(await api.newCertificate(leaf)), fingerprint, dnsNames, notAfter };
}

function newRun(address = api.emulator.api) {
  const { clock } = api.emulator;
  return startRuntime({
    api: address,
    apiKey: api.emulator.apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(ms) },
  });
}

/** A link that has read its hosts from the configuration, and a certificate that lacks one of them. */
async function rotation() {
  const run = newRun();
  const first = await certificate(...HOSTS);
  const { siteId } = await api.liveSite("live", HOSTS, String(first.certificateId));
  const second = await certificate(...HOSTS);
  const inputs = { siteId, ...second, replaceExisting: true };
  const { state } = await linkOf(run).create(inputs);
  expect(state.observedHosts?.hosts).toEqual(HOSTS);
  const third = await certificate("www.example.com");
  run.close();
  return { siteId, state, wanted: { siteId, ...third } };
}

async function publishWithout(siteId: string) {
  const revisionId = await api.newRevision(siteId, "www.example.com");
  const answer = await api.call("POST", `/api/v2/sites/${siteId}/publishing-operations`, { revisionId, target: "ga" });
  expect(field(answer, "publishId")).not.toBe("");
  api.emulator.clock.advance(10_000);
}

test("while the host is published, the preview refuses", async () => {
  const { state, wanted } = await rotation();
  const run = newRun();
  await expect(linkOf(run).preview(state.siteId, state, wanted)).rejects.toMatchObject({
    reason: { code: "QWILT_COVERAGE_LOST", details: { uncovered: ["shop.example.com"], duringUpdate: false } },
  });
  run.close();
});

test("once it was removed and that was published, the preview says nothing, and the rotation continues", async () => {
  const { siteId, state, wanted } = await rotation();
  await publishWithout(siteId);
  const run = newRun();
  expect(await linkOf(run).preview(state.siteId, state, wanted)).toEqual([]);
  const reached = await linkOf(run).update(siteId, state, wanted);
  expect(reached.linkedCertificateId).toBe(wanted.certificateId);
  expect(reached.observedHosts?.hosts).toEqual(["www.example.com"]);
  run.close();
});

test("a preview that cannot read the site warns, and leaves the refusal to up", async () => {
  const { state, wanted } = await rotation();
  const run = startRuntime({ api: "http://127.0.0.1:1", apiKey: "key", clock: testClock() });
  const warnings = await linkOf(run).preview(state.siteId, state, wanted);
  expect(warnings).toEqual([expect.stringMatching(/does not cover shop\.example\.com.*`pulumi up` checks again/)]);
  run.close();
});

test("a certificate that covers them all needs no request", async () => {
  const { siteId, state } = await rotation();
  const other = await certificate(...HOSTS);
  await api.control("DELETE", "/ledger");
  const run = newRun();
  expect(await linkOf(run).preview(state.siteId, state, { siteId, ...other })).toEqual([]);
  expect((await api.control("GET", "/ledger")).json).toEqual([]);
  run.close();
});

test("a host that the program drops in the same change is reported at preview, with the two steps", async () => {
  const { state, wanted } = await rotation();
  const run = newRun();
  const declared = { ...wanted, hosts: ["www.example.com"] };
  const warnings = await linkOf(run).preview(state.siteId, state, declared);
  expect(warnings).toEqual([
    expect.stringMatching(/does not cover shop\.example\.com.*`pulumi up` will fail.*--target/),
  ]);
  await expect(linkOf(run).update(wanted.siteId, state, declared)).rejects.toMatchObject({
    reason: { code: "QWILT_COVERAGE_LOST", details: { duringUpdate: true, removedFromProgram: true } },
  });

  await publishWithout(wanted.siteId);
  expect(await linkOf(run).preview(state.siteId, state, declared)).toEqual([]);
  const reached = await linkOf(run).update(wanted.siteId, state, declared);
  expect(reached.linkedCertificateId).toBe(wanted.certificateId);
  run.close();
});
