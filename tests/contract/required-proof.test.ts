/** What preview cannot judge is judged before the site is touched; and the proof that a link exports is what the edge serves. */
import type { Proof } from "../../provider/resources/site-certificate-link/args.ts";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { linkOf } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime } from "../support/engine/runtime-provider.ts";
import { type Api, frozenEmulator, newLeaf } from "./emulator-harness.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();
let api: Api;
let runs: RuntimeProvider[] = [];

beforeEach(() => {
  api = emulator();
});
afterEach(() => {
  for (const one of runs) one.close();
  runs = [];
});

/** A run of its own: what one run has read it does not read again. */
function link(config: Readonly<Record<string, string>> = {}) {
  const { clock } = api.emulator;
  const run = startRuntime({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(ms) },
    config,
  });
  runs.push(run);
  return linkOf(run);
}

async function certificate() {
  const leaf = await newLeaf(HOST);
  const id = Number(await api.newCertificate(leaf));
  const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
  return { id, facts: { certificateId: id, fingerprint, dnsNames, notAfter } };
}

function proofOf({ fingerprint, notAfter }: { fingerprint: string; notAfter: string }): Proof {
  const activatedAt = "2026-02-28T00:00:00.000Z";
  return { siteId: "s2", target: "staging", fingerprint, publishId: "p", activatedAt, notAfter, seen: "api" };
}

const linkedNow = async (siteId: string) => (await api.call("GET", `/api/v2/sites/${siteId}/certificates`)).text;

describe("a certificate that is given by its id", () => {
  test("is compared in the operation, and refused before anything is touched", async () => {
    const [one, other] = [await certificate(), await certificate()];
    const { siteId } = await api.liveSite("live", [HOST], String(one.id));
    const live = await link().create({ siteId, ...one.facts, replaceExisting: true });
    const before = await linkedNow(siteId);
    const wanted = { siteId, certificateId: other.id, replaceExisting: true };

    const stale = { ...wanted, requires: { proof: proofOf(one.facts), stack: "staging" } };
    await expect(link().update(siteId, live.state, stale)).rejects.toMatchObject({
      reason: { code: "QWILT_PROOF_REQUIRED", details: { reason: "other-certificate", isEarlier: true } },
    });
    expect(await linkedNow(siteId)).toBe(before);

    const good = { ...wanted, requires: { proof: proofOf(other.facts) } };
    expect(await link().update(siteId, live.state, good)).toMatchObject({ linkedCertificateId: other.id });
  });

  test("and a new link is refused in the same way", async () => {
    const [one, other] = [await certificate(), await certificate()];
    const siteId = await api.newSite("new");
    const requires = { proof: proofOf(other.facts) };
    await expect(link().create({ siteId, certificateId: one.id, requires })).rejects.toMatchObject({
      reason: { code: "QWILT_PROOF_REQUIRED", details: { reason: "other-certificate" } },
    });
    expect(await linkedNow(siteId)).not.toContain(String(one.id));
  });

  test("that the link has already is not refused, whatever the proof says", async () => {
    const one = await certificate();
    const { siteId } = await api.liveSite("live", [HOST]);
    const { state } = await link().create({ siteId, ...one.facts });
    await api.call("DELETE", `/api/v2/sites/${siteId}/certificates/${one.id}`);
    const again = await link().update(siteId, state, { siteId, ...one.facts, requires: { proof: null } });
    expect(again).toMatchObject({ linkedCertificateId: one.id });
    expect(again).not.toHaveProperty("requires");
  });
});

describe("the proof of a link", () => {
  test("comes by a refresh when the site was published after its link, and is kept while its certificate is served", async () => {
    const one = await certificate();
    const siteId = await api.newSite("new");
    const { state } = await link().create({ siteId, ...one.facts });
    expect(state.proof).toBeUndefined();
    await api.publish(siteId, await api.newRevision(siteId, HOST), "staging");
    api.emulator.clock.advance(300);

    const seen = await link().read(siteId, state);
    expect(seen?.proof).toMatchObject({ siteId, target: "staging", fingerprint: one.facts.fingerprint, seen: "api" });
    expect(seen?.proof?.publishId).toBe(seen?.targets.staging?.publishId);

    await api.republish(siteId, "staging");
    api.emulator.clock.advance(300);
    const later = await link().read(siteId, seen ?? state);
    expect(later?.targets.staging?.publishId).not.toBe(seen?.proof?.publishId);
    expect(later?.proof).toEqual(seen?.proof);
  });

  test("is of staging after a rotation there, with a handshake where its edge is configured", async () => {
    const [one, other] = [await certificate(), await certificate()];
    const siteId = await api.newSite("new");
    const { state } = await link().create({ siteId, ...one.facts });
    await api.publish(siteId, await api.newRevision(siteId, HOST), "staging");
    api.emulator.clock.advance(300);
    const before = await link().read(siteId, state);
    const atStaging = link({ edgeProbe: "try", edgeAddress: api.emulator.edgeStaging });
    const rotated = await atStaging.update(siteId, before ?? state, { siteId, ...other.facts });
    expect(rotated.proof).toMatchObject({ target: "staging", fingerprint: other.facts.fingerprint, seen: "handshake" });
  });

  test("is seen by handshake once a refresh can reach the edge", async () => {
    const one = await certificate();
    const siteId = await api.newSite("new");
    const { state } = await link().create({ siteId, ...one.facts });
    await api.publish(siteId, await api.newRevision(siteId, HOST), "staging");
    api.emulator.clock.advance(300);
    const hosts = { ...state, hosts: [HOST] };
    const unseen = await link().read(siteId, hosts);
    expect(unseen?.proof?.seen).toBe("api");
    const seen = await link({ edgeProbe: "try", edgeAddress: api.emulator.edgeStaging }).read(siteId, unseen ?? state);
    expect(seen?.proof).toEqual({ ...unseen?.proof, seen: "handshake" });
  });

  test("is gone when somebody published the site without its certificate", async () => {
    const one = await certificate();
    const { siteId } = await api.liveSite("live", [HOST], String(one.id));
    const { state } = await link().create({ siteId, ...one.facts, replaceExisting: true });
    const seen = await link().read(siteId, state);
    expect(seen?.proof).toMatchObject({ target: "ga", fingerprint: one.facts.fingerprint });
    await api.call("DELETE", `/api/v2/sites/${siteId}/certificates/${one.id}`);
    await api.republish(siteId);
    api.emulator.clock.advance(300);
    expect((await link().read(siteId, seen ?? state))?.proof).toBeUndefined();
  });

  test("of a link that is given an id alone stays through a refresh", async () => {
    const one = await certificate();
    const { siteId } = await api.liveSite("live", [HOST], String(one.id));
    const { state } = await link().create({ siteId, certificateId: one.id, replaceExisting: true });
    expect(state.proof).toMatchObject({ target: "ga", fingerprint: one.facts.fingerprint });
    expect((await link().read(siteId, state))?.proof).toEqual(state.proof);
  });

  test("is not of a network whose last publish took no certificate along", async () => {
    const one = await certificate();
    const { siteId, revisionId } = await api.liveSite("live", [HOST], String(one.id));
    await api.publish(siteId, revisionId, "staging");
    api.emulator.clock.advance(300);
    const { state } = await link().create({ siteId, ...one.facts, replaceExisting: true });
    const { ga } = state.targets;
    if (ga === undefined || state.proof === undefined) throw new Error("the site is live");
    await api.call("DELETE", `/api/v2/sites/${siteId}/certificates/${one.id}`);
    const without = {
      ...state,
      linkedCertificateId: null,
      targets: { ...state.targets, ga: { ...ga, certificateId: null } },
    };
    const seen = await link().read(siteId, without);
    expect(seen).toMatchObject({ linkedCertificateId: null });
    expect(seen?.proof).toBeUndefined();
  });

  test("asks the hosts of the revision that is live, not those of the revision that the link has seen", async () => {
    const one = await certificate();
    const siteId = await api.newSite("new");
    await api.newRevision(siteId, HOST, "gone.example.com");
    const { state } = await link().create({ siteId, ...one.facts, coverage: "warn" });
    expect(state.observedHosts?.hosts).toEqual([HOST, "gone.example.com"]);
    await api.publish(siteId, await api.newRevision(siteId, HOST), "ga");
    api.emulator.clock.advance(300);
    const seen = await link({ edgeProbe: "try", edgeAddress: api.emulator.edge }).read(siteId, state);
    expect(seen?.proof).toMatchObject({ target: "ga", seen: "handshake" });
  });

  test("of ga that only the API reported is gone when the edge is seen to serve something else", async () => {
    const [one, other] = [await certificate(), await certificate()];
    const { siteId } = await api.liveSite("live", [HOST], String(one.id));
    const { state } = await link().create({ siteId, ...one.facts, replaceExisting: true });
    expect(state.proof).toMatchObject({ target: "ga", seen: "api" });
    // Somebody links another certificate, publishes, and links the first one again: its publish is not known to have it.
    await api.call("DELETE", `/api/v2/sites/${siteId}/certificates/${one.id}`);
    await api.link(siteId, String(other.id));
    await api.republish(siteId);
    api.emulator.clock.advance(300);
    await api.call("DELETE", `/api/v2/sites/${siteId}/certificates/${other.id}`);
    await api.link(siteId, String(one.id));
    const atEdge = link({ edgeProbe: "try", edgeAddress: api.emulator.edge });
    const seen = await atEdge.read(siteId, { ...state, hosts: [HOST] });
    expect(seen?.proof).toBeUndefined();
  });
});
