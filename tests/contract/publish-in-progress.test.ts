/** Who started the running publish: we, somebody with the same content, or somebody else; and how ours ended. */
import type { SiteCertificateLinkState } from "../../provider/resources/site-certificate-link/args.ts";
import { siteCertificateLink } from "../../provider/resources/site-certificate-link/resource.ts";
import { type SitePublicationState, sitePublication } from "../../provider/resources/site-publication.ts";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { linkOf, publicationOf, unfinished } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime } from "../support/engine/runtime-provider.ts";
import { type Api, field, frozenEmulator, newLeaf } from "./emulator-harness.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();
let run: RuntimeProvider;
let api: Api;
/** Called before each poll of a running publish, that is, in the middle of our wait. */
let meanwhile: (() => Promise<unknown>) | undefined;

beforeEach(() => {
  api = emulator();
  meanwhile = undefined;
  const { clock } = api.emulator;
  run = startRuntime({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: {
      now: () => clock.now(),
      async sleep(ms) {
        const act = meanwhile;
        meanwhile = undefined;
        await act?.();
        clock.advance(ms);
      },
    },
  });
});
afterEach(() => run.close());

async function certificate() {
  const leaf = await newLeaf(HOST);
  const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
  return { certificateId: Number(await api.newCertificate(leaf)), fingerprint, dnsNames, notAfter };
}

/** A live site with a link of ours, and a certificate to rotate to. */
async function linkedSite() {
  const first = await certificate();
  const { siteId, revisionId, publishId } = await api.liveSite("live", [HOST], String(first.certificateId));
  const created = await linkOf(run).create({ siteId, ...first, replaceExisting: true });
  const publication: SitePublicationState = {
    siteId,
    revisionId,
    target: "ga",
    publishId,
    publishStatus: "Success",
    activatedAt: "",
  };
  return { siteId, revisionId, first, second: await certificate(), state: created.state, publication };
}

const publishes = async () => {
  const rows = (await api.control("GET", "/ledger")).json as { method: string; route: string; status: number }[];
  return rows.filter(
    ({ method, route, status }) =>
      method === "POST" && /publishing-operations(\/actions\/republish)?$/.test(route) && status < 300,
  ).length;
};
const served = async () =>
  ((await api.control("GET", "/edge")).json as { fingerprint: string }[]).map(({ fingerprint }) => fingerprint);
const said = (part: RegExp) => run.said.filter((line) => part.test(line));

test("a link waits for somebody else's publish, shows who started it and when, and publishes once itself", async () => {
  const { siteId, second, state } = await linkedSite();
  await api.republish(siteId);
  const before = await publishes();
  const reached = await linkOf(run).update(siteId, state, { siteId, ...second });
  expect(said(/wait for the publish of ga that .+ started at 2026-03-01T00:00:00\.\d+Z/)).toHaveLength(1);
  expect(await publishes()).toBe(before + 1);
  expect(await served()).toEqual([second.fingerprint]);
  expect(reached.targets.ga?.certificateId).toBe(second.certificateId);
});

test("a link that was interrupted while it waited continues with its own publish: no second one", async () => {
  const { siteId, second, state } = await linkedSite();
  const before = await publishes();
  meanwhile = async () => run.session.interrupt();
  const stopped = await unfinished(linkOf(run).update(siteId, state, { siteId, ...second }));
  expect(stopped.reason.code).toBe("QWILT_INTERRUPTED");
  expect(stopped.state).toMatchObject({
    linkedCertificateId: second.certificateId,
    pendingPublish: { target: "ga", certificateId: second.certificateId },
  });
  run.close();
  const next = startRuntime({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => api.emulator.clock.now(), sleep: async (ms) => api.emulator.clock.advance(ms) },
  });
  // What the update above saved is a state of this resource.
  const saved = stopped.state as SiteCertificateLinkState;
  expect(siteCertificateLink.diff(saved, { siteId, ...second }, next.session.checkContext()).kind).toBe("resume");
  const reached = await linkOf(next).update(siteId, saved, { siteId, ...second });
  expect(next.said.filter((line) => /resume our own publish of ga, started at/.test(line))).toHaveLength(1);
  expect(await publishes()).toBe(before + 1);
  expect(reached.pendingPublish).toBeUndefined();
  expect(await served()).toEqual([second.fingerprint]);
  next.close();
});

test("a superseded publish is not a failure: the later one activates the link", async () => {
  const { siteId, second, state } = await linkedSite();
  const before = await publishes();
  meanwhile = async () => {
    api.emulator.clock.advance(110);
    const running = (await api.call("GET", `/api/v2/sites/${siteId}/publishing-operations`)).json as {
      publishId: string;
      publishStatus: string;
    }[];
    const ours = running.find(({ publishStatus }) => publishStatus === "InProgress");
    await api.republish(siteId);
    await api.call("POST", `/api/v2/sites/${siteId}/publishing-operations/${ours?.publishId}/actions/cancel`);
  };
  const reached = await linkOf(run).update(siteId, state, { siteId, ...second });
  expect(said(/the publish of ga was superseded by .+, started by/)).toHaveLength(1);
  expect(await publishes()).toBe(before + 2);
  expect(reached.targets.ga).toMatchObject({ publishStatus: "Success", certificateId: second.certificateId });
  expect(await served()).toEqual([second.fingerprint]);
});

test("a publication whose revision is already being published waits for it and publishes nothing", async () => {
  const { siteId, publication } = await linkedSite();
  const revisionId = await api.newRevision(siteId, HOST);
  const publishId = field(await api.publish(siteId, revisionId), "publishId");
  const before = await publishes();
  const inputs = { siteId, revisionId };
  const reached = await publicationOf(run).update(`${siteId}:ga`, publication, inputs);
  expect(said(/waiting for the publish of ga that .+ started at .+: it brings this revision/)).toHaveLength(1);
  expect(reached).toMatchObject({ publishId, publishStatus: "Success" });
  expect(await publishes()).toBe(before);
});

test("a publication waits for another revision's publish, and then publishes its own", async () => {
  const { siteId, revisionId: old, publication } = await linkedSite();
  const revisionId = await api.newRevision(siteId, HOST);
  await api.publish(siteId, old);
  const before = await publishes();
  const inputs = { siteId, revisionId };
  const reached = await publicationOf(run).update(`${siteId}:ga`, publication, inputs);
  expect(said(/waiting for the publish of ga that .+ started at \S+$/)).toHaveLength(1);
  expect(reached.revisionId).toBe(revisionId);
  expect(await publishes()).toBe(before + 1);
});

test("a publication that was interrupted continues with its own publish", async () => {
  const { siteId, publication } = await linkedSite();
  const revisionId = await api.newRevision(siteId, HOST);
  meanwhile = async () => run.session.interrupt();
  const update = publicationOf(run).update(`${siteId}:ga`, publication, { siteId, revisionId });
  const stopped = await unfinished(update);
  expect(stopped.state).toMatchObject({ publishStatus: "InProgress" });
  const before = await publishes();
  const next = startRuntime({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => api.emulator.clock.now(), sleep: async (ms) => api.emulator.clock.advance(ms) },
  });
  const saved = stopped.state as SitePublicationState;
  const reached = await publicationOf(next).update(`${siteId}:ga`, saved, { siteId, revisionId });
  expect(next.said.filter((line) => /resuming our own publish of ga, started at/.test(line))).toHaveLength(1);
  expect(reached.publishStatus).toBe("Success");
  expect(await publishes()).toBe(before);
  next.close();
});

test("a publication that never ends is canceled at its time limit, and the next run publishes again", async () => {
  const { siteId, publication } = await linkedSite();
  const revisionId = await api.newRevision(siteId, HOST);
  await api.control("POST", "/faults", { match: {}, effect: { publish: "stuck" } });
  const inputs = { siteId, revisionId };
  const stopped = await unfinished(publicationOf(run).update(`${siteId}:ga`, publication, inputs));
  expect(stopped.reason).toMatchObject({ code: "QWILT_PUBLISH_TIMED_OUT", notes: [{ kind: "publish-canceled" }] });
  const saved = stopped.state as SitePublicationState;
  expect(sitePublication.diff(saved, inputs, run.session.checkContext()).kind).toBe("resume");
  const reached = await publicationOf(run).update(`${siteId}:ga`, saved, inputs);
  expect(reached.publishStatus).toBe("Success");
});

test("a publication that is rejected while another is validated is retried", async () => {
  const { siteId, publication } = await linkedSite();
  const revisionId = await api.newRevision(siteId, HOST);
  await api.control("POST", "/faults", {
    match: { method: "POST", route: "/api/v2/sites/*/publishing-operations", times: 2 },
    effect: { status: 409 },
  });
  const inputs = { siteId, revisionId };
  const reached = await publicationOf(run).update(`${siteId}:ga`, publication, inputs);
  expect(reached.publishStatus).toBe("Success");
});

test("a publication waits while somebody relinks a live site, so that it activates a certificate", async () => {
  const { siteId, first, second, publication } = await linkedSite();
  const revisionId = await api.newRevision(siteId, HOST);
  await api.call("DELETE", `/api/v2/sites/${siteId}/certificates/${first.certificateId}`);
  meanwhile = () => api.link(siteId, String(second.certificateId));
  await publicationOf(run).update(`${siteId}:ga`, publication, { siteId, revisionId });
  expect(await served()).toEqual([second.fingerprint]);
});

test("a second link of one program on one site is refused before anything is changed", async () => {
  const { siteId, second, state, first } = await linkedSite();
  await linkOf(run, "urn:one").update(siteId, state, { siteId, ...first });
  const before = await publishes();
  const other = linkOf(run, "urn:two").create({ siteId, ...second });
  await expect(other).rejects.toMatchObject({
    reason: { code: "QWILT_LINK_FOREIGN", details: { reason: "second-link", siteId } },
  });
  expect(await publishes()).toBe(before);
  expect(await served()).toEqual([first.fingerprint]);
});
