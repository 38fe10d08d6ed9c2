/** A removal that stops half way is completed by a later run, whatever a user does in between. */
import type { QwiltError } from "../../provider/core/errors/qwilt-error.ts";
import type { SiteCertificateLinkState } from "../../provider/resources/site-certificate-link/args.ts";
import { siteCertificateLink } from "../../provider/resources/site-certificate-link/resource.ts";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { linkOf, publicationOf } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime, VerbError } from "../support/engine/runtime-provider.ts";
import { type Api, frozenEmulator, newLeaf } from "./emulator-harness.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();
let run: RuntimeProvider;
let api: Api;

beforeEach(() => {
  api = emulator();
  run = newRun();
});
afterEach(() => run.close());

/** Like a new process of the provider: it knows nothing of the previous run. */
function newRun(): RuntimeProvider {
  const { clock } = api.emulator;
  const sleep = async (ms: number) => void clock.advance(ms);
  return startRuntime({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => clock.now(), sleep },
  });
}

async function linkedSite() {
  const leaf = await newLeaf(HOST);
  const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
  const certificateId = Number(await api.newCertificate(leaf));
  const live = await api.liveSite("live", [HOST], String(certificateId));
  const inputs = { siteId: live.siteId, certificateId, fingerprint, dnsNames, notAfter, replaceExisting: true };
  const { state } = await linkOf(run).create(inputs);
  return { ...live, certificateId, state };
}

const served = async () => {
  const edge = (await api.control("GET", "/edge")).json as { fingerprint: string | null }[];
  return edge.map(({ fingerprint }) => fingerprint).filter((fingerprint) => fingerprint !== null);
};
const stickOnce = () => api.control("POST", "/faults", { match: {}, effect: { publish: "stuck" } });

async function errorOf(work: Promise<unknown>): Promise<QwiltError> {
  const thrown: unknown = await work.then(
    () => "it went well",
    (error: unknown) => error,
  );
  if (!(thrown instanceof VerbError) || thrown.reason === undefined) throw new Error(`no error of ours: ${thrown}`);
  return thrown.reason;
}

test("an un-publish that never ends is canceled at its time limit, and the next run un-publishes", async () => {
  const { siteId, revisionId, publishId } = await linkedSite();
  const state = { siteId, revisionId, publishId, publishStatus: "Success", activatedAt: "" };
  await stickOnce();
  expect(await errorOf(publicationOf(run).delete(`${siteId}:ga`, state))).toMatchObject({
    code: "QWILT_PUBLISH_TIMED_OUT",
    notes: [{ kind: "publish-canceled" }],
  });
  const next = newRun();
  await publicationOf(next).delete(`${siteId}:ga`, state);
  next.close();
  expect(await served()).toEqual([]);
});

test.each([
  ["was refused because of something in progress", { status: 409 }],
  ["was lost before it was done", { reset: "before" }],
  ["was lost after it was done", { reset: "after" }],
])("an un-publish that %s is checked and continued", async (_title, effect) => {
  const { siteId, revisionId, publishId } = await linkedSite();
  const state = { siteId, revisionId, publishId, publishStatus: "Success", activatedAt: "" };
  await api.control("POST", "/faults", { match: { method: "POST", route: "**/actions/un-publish" }, effect });
  await publicationOf(run).delete(`${siteId}:ga`, state);
  expect(await served()).toEqual([]);
});

test("the republish of a removed link that never ends is canceled, and the next run republishes", async () => {
  const { siteId, state } = await linkedSite();
  await stickOnce();
  expect(await errorOf(linkOf(run).delete(siteId, state))).toMatchObject({
    code: "QWILT_PUBLISH_TIMED_OUT",
    notes: [{ kind: "publish-canceled" }, { kind: "already-unlinked" }],
  });
  const next = newRun();
  await linkOf(next).delete(siteId, state);
  next.close();
  expect(await served()).toEqual([]);
});

describe("a link that was removed while the edge still serves its certificate", () => {
  async function halfRemoved() {
    const made = await linkedSite();
    await api.control("POST", "/faults", { match: {}, effect: { publish: "failed" } });
    expect(await errorOf(linkOf(run).delete(made.siteId, made.state))).toMatchObject({ code: "QWILT_PUBLISH_FAILED" });
    expect(await served()).toHaveLength(1);
    const refreshing = newRun();
    const state = await linkOf(refreshing).read(made.siteId, made.state);
    refreshing.close();
    if (state === undefined) throw new Error("the refresh forgot it");
    return { ...made, state: state as SiteCertificateLinkState };
  }

  test("survives a refresh, so that the next run removes the certificate from the edge", async () => {
    const { siteId, state } = await halfRemoved();
    expect(state.linkedCertificateId).toBeNull();
    const next = newRun();
    await linkOf(next).delete(siteId, state);
    next.close();
    expect(await served()).toEqual([]);
  });

  test("is linked again by a program that has it", async () => {
    const { siteId, certificateId, state } = await halfRemoved();
    const { linkedCertificateId: _, ...inputs } = state;
    expect(siteCertificateLink.diff(state, inputs, run.session.checkContext())).toMatchObject({
      kind: "resume",
      plan: expect.stringContaining(`link ${certificateId}`),
    });
    const next = newRun();
    const reached = await linkOf(next).update(siteId, state, inputs);
    next.close();
    expect(reached.linkedCertificateId).toBe(certificateId);
  });

  test("leaves the state in a refresh once the edge has stopped serving it", async () => {
    const { siteId, state } = await linkedSite();
    await linkOf(run).delete(siteId, state);
    const next = newRun();
    const afterwards = { ...state, targets: {} };
    await api.unpublish(siteId);
    api.emulator.clock.advance(300);
    expect(await linkOf(next).read(siteId, afterwards)).toBeUndefined();
    next.close();
  });
});

test("a removal whose publish fails says that nothing is linked any more", async () => {
  const { siteId, certificateId, state } = await linkedSite();
  await api.control("POST", "/faults", { match: {}, effect: { publish: "failed" } });
  expect(await errorOf(linkOf(run).delete(siteId, state))).toMatchObject({
    code: "QWILT_PUBLISH_FAILED",
    notes: [{ kind: "already-unlinked", certificateId }],
  });
});
