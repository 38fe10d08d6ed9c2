/**
 * A certificate and a revision that go live together: one publish per target, both rolled back, nothing published
 * twice.
 */

import type {
  SiteCertificateLinkArgs,
  SiteCertificateLinkState,
} from "../../provider/resources/site-certificate-link/args.ts";
import { siteCertificateLink } from "../../provider/resources/site-certificate-link/resource.ts";
import { type SitePublicationState, sitePublication } from "../../provider/resources/site-publication.ts";
import { UNKNOWN, Unfinished } from "../../provider/run/lifecycle.ts";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { openSession, type TestSession } from "../support/engine/test-session.ts";
import { type Api, frozenEmulator, newLeaf } from "./emulator-harness.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();
let core: TestSession;
let api: Api;

beforeEach(() => {
  api = emulator();
  core = newCore();
});
afterEach(() => core.close());

/** One run; a run does not know what an earlier one learned. */
function newCore(): TestSession {
  const { clock } = api.emulator;
  return openSession({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(ms) },
  });
}

async function certificate() {
  const leaf = await newLeaf(HOST);
  const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
  return { certificateId: Number(await api.newCertificate(leaf)), fingerprint, dnsNames, notAfter };
}

interface Live {
  readonly siteId: string;
  /** Live with the first certificate. */
  readonly before: string;
  /** Saved, not published. */
  readonly next: string;
  readonly first: Awaited<ReturnType<typeof certificate>>;
  readonly second: Awaited<ReturnType<typeof certificate>>;
  readonly state: SiteCertificateLinkState;
  readonly publication: SitePublicationState;
}

/** A site that is live through this stack's link and publication, with a certificate and a revision to move to. */
async function live({ staging = false } = {}): Promise<Live> {
  const first = await certificate();
  const { siteId, revisionId: before, publishId } = await api.liveSite("live", [HOST], String(first.certificateId));
  if (staging) {
    await api.publish(siteId, before, "staging");
    api.emulator.clock.advance(300);
  }
  const { state } = await siteCertificateLink.create(
    { siteId, ...first, revisionId: before, replaceExisting: true },
    core.context(),
  );
  const next = await api.newRevision(siteId, HOST);
  const at = { siteId, revisionId: before, target: "ga", publishId } as const;
  const publication: SitePublicationState = { ...at, publishStatus: "Success", activatedAt: "" };
  await api.control("DELETE", "/ledger");
  return { siteId, before, next, first, second: await certificate(), state, publication };
}

type Given = Partial<SiteCertificateLinkArgs>;
const moved = ({ siteId, second, next }: Live, given: Given = {}): SiteCertificateLinkArgs => ({
  siteId,
  ...second,
  revisionId: next,
  ...given,
});

interface Row {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly body: Readonly<Record<string, string>> | null;
}

/** What was changed at the site, in order. */
async function changes(): Promise<string[]> {
  const rows = (await api.control("GET", "/ledger")).json as readonly Row[];
  return rows.flatMap(({ method, route, status, body }) => {
    if (status >= 300) return [];
    if (method === "DELETE" && /certificates\/\{certificateId\}$/.test(route) && route.includes("/sites/"))
      return ["unlink"];
    if (method === "POST" && /sites\/\{siteId\}\/certificates$/.test(route)) return [`link ${body?.certificateId}`];
    if (method === "POST" && /republish$/.test(route)) return [`republish ${body?.target}`];
    return method === "POST" && /publishing-operations$/.test(route)
      ? [`publish ${body?.revisionId} ${body?.target}`]
      : [];
  });
}

const served = async () =>
  ((await api.control("GET", "/edge")).json as { fingerprint: string }[]).map(({ fingerprint }) => fingerprint);

async function liveRevisions(siteId: string): Promise<Record<string, string>> {
  const rows = (await api.call("GET", `/api/v2/sites/${siteId}/publishing-operations`)).json as Row["body"][];
  const active = rows.filter((row) => row !== null && Boolean(row.isActive)) as Record<string, string>[];
  return Object.fromEntries(active.map(({ target = "", revisionId = "" }) => [target, revisionId]));
}

async function failed(change: Promise<unknown>): Promise<{ reason: Error; state: SiteCertificateLinkState }> {
  const thrown: unknown = await change.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Unfinished)) throw new Error(`no partial failure: ${String(thrown)}`);
  // The state that a failed update of a link saves.
  return { reason: thrown.reason, state: JSON.parse(JSON.stringify(thrown.state)) as SiteCertificateLinkState };
}

const fail = (how: string, nth = 1) =>
  api.control("POST", "/faults", {
    match: { method: "POST", route: "/api/v2/sites/*/publishing-operations", nth },
    effect: { publish: how },
  });

test("a moved certificate and a new revision are one publish, and the publication has nothing left to publish", async () => {
  const site = await live();
  const { siteId, next, second, state, publication } = site;
  const plan = `unlink ${site.first.certificateId} -> link ${second.certificateId} -> publish revision ${next} on ga`;
  expect(siteCertificateLink.diff(state, moved(site), core.context())).toMatchObject({ kind: "update", plan });
  const reached = await siteCertificateLink.update(siteId, state, moved(site), core.context());
  expect(reached.targets.ga).toMatchObject({ certificateId: second.certificateId, revisionId: next });
  const published = await sitePublication.update(
    `${siteId}:ga`,
    publication,
    { siteId, revisionId: next },
    core.context(),
  );
  expect(published).toMatchObject({ revisionId: next, publishId: reached.targets.ga?.publishId });
  expect(await changes()).toEqual(["unlink", `link ${second.certificateId}`, `publish ${next} ga`]);
  expect(await served()).toEqual([second.fingerprint]);
  expect(siteCertificateLink.diff(reached, moved(site), core.context()).kind).toBe("none");
});

test("a revision that is not saved yet is described at preview", async () => {
  const site = await live();
  const inputs = { ...moved(site), certificateId: UNKNOWN, revisionId: UNKNOWN } as const;
  expect(siteCertificateLink.diff(site.state, inputs, core.context())).toMatchObject({
    plan: `unlink ${site.first.certificateId} -> link the new certificate -> publish the new revision on ga`,
  });
});

test("a new revision alone is no change of the link", async () => {
  const { siteId, first, next, state } = await live();
  for (const revisionId of [next, UNKNOWN, { ga: next }] as const) {
    expect(siteCertificateLink.diff(state, { siteId, ...first, revisionId }, core.context()).kind).toBe("none");
  }
});

test("staging comes before ga, and each target may have its own revision or keep what it has", async () => {
  const site = await live({ staging: true });
  const { siteId, before, next, second, state } = site;
  const inputs = moved(site, { revisionId: { staging: next } });
  const reached = await siteCertificateLink.update(siteId, state, inputs, core.context());
  expect(await changes()).toEqual([
    "unlink",
    `link ${second.certificateId}`,
    `publish ${next} staging`,
    "republish ga",
  ]);
  expect(await liveRevisions(siteId)).toEqual({ staging: next, ga: before });
  expect(reached.targets).toMatchObject({ staging: { revisionId: next }, ga: { revisionId: before } });
});

test("a target that is not live is left to its publication", async () => {
  const first = await certificate();
  const siteId = await api.newSite("new");
  const revisionId = await api.newRevision(siteId, HOST);
  await siteCertificateLink.create({ siteId, ...first, revisionId }, core.context());
  await sitePublication.create({ siteId, revisionId }, core.context());
  expect(await changes()).toEqual([`link ${first.certificateId}`, `publish ${revisionId} ga`]);
  expect(await served()).toEqual([first.fingerprint]);
});

test("a publish that fails rolls back certificate and revision if the edge may have changed", async () => {
  const site = await live({ staging: true });
  const { siteId, before, next, first, second, state } = site;
  await fail("failed", 2);
  const { reason, state: left } = await failed(siteCertificateLink.update(siteId, state, moved(site), core.context()));
  const edge = { kind: "previous-revisions", revisions: [{ revisionId: before, targets: ["staging", "ga"] }] };
  expect(reason).toMatchObject({
    code: "QWILT_PUBLISH_FAILED",
    notes: [{ kind: "rolled-back", certificateId: first.certificateId, edge }],
  });
  expect(await changes()).toEqual([
    "unlink",
    `link ${second.certificateId}`,
    `publish ${next} staging`,
    `publish ${next} ga`,
    "unlink",
    `link ${first.certificateId}`,
    `publish ${before} staging`,
    "republish ga",
  ]);
  expect(await liveRevisions(siteId)).toEqual({ staging: before, ga: before });
  expect(left).toMatchObject({ certificateId: first.certificateId, targets: { ga: { revisionId: before } } });
  // The outstanding change is reported, and done by the next run.
  expect(siteCertificateLink.diff(left, moved(site), core.context()).kind).toBe("update");
  await siteCertificateLink.update(siteId, left, moved(site), newCore().context());
  expect(await liveRevisions(siteId)).toEqual({ staging: next, ga: next });
});

test("a revision that Qwilt rejects does not change the edge: only the link is rolled back", async () => {
  const site = await live();
  await fail("invalid");
  const { reason } = await failed(siteCertificateLink.update(site.siteId, site.state, moved(site), core.context()));
  expect(reason).toMatchObject({ notes: [{ kind: "rolled-back", edge: { kind: "unchanged" } }] });
  expect((await changes()).at(-1)).toBe(`link ${site.first.certificateId}`);
  expect(await liveRevisions(site.siteId)).toEqual({ ga: site.before });
});

test("with rollback: false the new certificate stays linked and the next run publishes both", async () => {
  const site = await live();
  await fail("failed");
  const inputs = moved(site, { rollback: false });
  const { state } = await failed(siteCertificateLink.update(site.siteId, site.state, inputs, core.context()));
  expect(state.linkedCertificateId).toBe(site.second.certificateId);
  expect(siteCertificateLink.diff(state, inputs, core.context())).toMatchObject({
    plan: `publish revision ${site.next} on ga`,
  });
  await siteCertificateLink.update(site.siteId, state, inputs, newCore().context());
  expect(await liveRevisions(site.siteId)).toEqual({ ga: site.next });
  expect(await served()).toEqual([site.second.fingerprint]);
});

test('with activate: "next-publish" the link publishes nothing, and the publication activates both, once', async () => {
  const site = await live();
  const { siteId, next, second, state, publication } = site;
  await siteCertificateLink.update(siteId, state, moved(site, { activate: "next-publish" }), core.context());
  expect(await changes()).toEqual(["unlink", `link ${second.certificateId}`]);
  await sitePublication.update(`${siteId}:ga`, publication, { siteId, revisionId: next }, core.context());
  expect(await changes()).toEqual(["unlink", `link ${second.certificateId}`, `publish ${next} ga`]);
  expect(await served()).toEqual([second.fingerprint]);
});

test("after a run that died with the revision live on staging, a roll-back publishes the remembered one", async () => {
  const site = await live({ staging: true });
  const { siteId, before, next, first, second, state } = site;
  // What the killed run did; it saved nothing.
  await api.call("DELETE", `/api/v2/sites/${siteId}/certificates/${first.certificateId}`);
  await api.link(siteId, String(second.certificateId));
  await api.publish(siteId, next, "staging");
  api.emulator.clock.advance(300);
  // Its publish of staging was not recorded, so it is repeated; the one of ga fails.
  await fail("failed");
  await failed(siteCertificateLink.update(siteId, state, moved(site), newCore().context()));
  expect(await liveRevisions(siteId)).toEqual({ staging: before, ga: before });
  expect((await api.call("GET", `/api/v2/sites/${siteId}/certificates`)).json).toMatchObject([
    { certificateId: String(first.certificateId) },
  ]);
});

test("a revision that the site does not have is refused before anything is changed", async () => {
  const site = await live();
  const inputs = moved(site, { revisionId: "no-such-revision" });
  await expect(siteCertificateLink.update(site.siteId, site.state, inputs, core.context())).rejects.toMatchObject({
    code: "QWILT_NOT_FOUND",
    details: { object: "revision", revisionId: "no-such-revision", target: "ga" },
  });
  expect(await changes()).toEqual([]);
});

test("coverage is judged by the hosts of the revision that goes live with the certificate", async () => {
  const site = await live();
  const revisionId = await api.newRevision(site.siteId, HOST, "shop.example.com");
  const inputs = moved(site, { revisionId });
  await expect(siteCertificateLink.update(site.siteId, site.state, inputs, core.context())).rejects.toMatchObject({
    code: "QWILT_COVERAGE_LOST",
    details: { uncovered: ["shop.example.com"] },
  });
  expect(await changes()).toEqual([]);
});

describe("a publication whose revision is live already", () => {
  /** The next run, which knows only what the state of the link proves. */
  const run = (states: readonly SiteCertificateLinkState[]) => {
    const next = newCore();
    const ctx = next.context();
    for (const state of states)
      for (const object of siteCertificateLink.made?.("", state) ?? []) ctx.ownership.markCreated(object);
    return ctx;
  };

  test("publishes nothing if the link knows that the linked certificate was activated", async () => {
    const { siteId, before, state } = await live();
    await sitePublication.create({ siteId, revisionId: before }, run([state]));
    expect(await changes()).toEqual([]);
  });

  test("publishes nothing if the certificate stayed linked since the link's last observation", async () => {
    const { siteId, before, state } = await live();
    await api.republish(siteId);
    api.emulator.clock.advance(300);
    await api.control("DELETE", "/ledger");
    await sitePublication.create({ siteId, revisionId: before }, run([state]));
    expect(await changes()).toEqual([]);
  });

  test("publishes if the publish is known to have activated another certificate", async () => {
    const site = await live();
    const { siteId, before, second, state } = site;
    const inputs = moved(site, { revisionId: before, activate: "next-publish" });
    const reached = await siteCertificateLink.update(siteId, state, inputs, core.context());
    await sitePublication.create({ siteId, revisionId: before }, run([reached]));
    expect(await changes()).toEqual(["unlink", `link ${second.certificateId}`, `publish ${before} ga`]);
    expect(await served()).toEqual([second.fingerprint]);
  });

  test("publishes if nothing in the program knows what was activated", async () => {
    const { siteId, before } = await live();
    await sitePublication.create({ siteId, revisionId: before }, run([]));
    expect(await changes()).toEqual([`publish ${before} ga`]);
  });

  test("publishes nothing while nothing is linked: the edge may serve what was linked before", async () => {
    const { siteId, before, first } = await live();
    await api.call("DELETE", `/api/v2/sites/${siteId}/certificates/${first.certificateId}`);
    await sitePublication.create({ siteId, revisionId: before }, run([]));
    expect(await changes()).toEqual(["unlink"]);
    expect(await served()).toEqual([first.fingerprint]);
  });
});
