/**
 * What a refresh finds out about a link: every network where the site is live, and that somebody unlinked the
 * certificate.
 */
import { siteCertificateLink } from "../../provider/resources/site-certificate-link/resource.ts";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { linkOf } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime } from "../support/engine/runtime-provider.ts";
import { type Api, frozenEmulator, newLeaf } from "./emulator-harness.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();
let run: RuntimeProvider;
let runs: RuntimeProvider[] = [];
let api: Api;

/** A row shows a message once per run. */
function newRun(): void {
  const { clock } = api.emulator;
  run = startRuntime({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(ms) },
  });
  runs.push(run);
}

beforeEach(() => {
  api = emulator();
  newRun();
});
afterEach(() => {
  for (const one of runs) one.close();
  runs = [];
});

test("a site that was published to both networks after it was linked is planned to be republished on both", async () => {
  const leaf = await newLeaf(HOST);
  const certificateId = Number(await api.newCertificate(leaf));
  const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
  const siteId = await api.newSite("new");
  const args = { siteId, certificateId, fingerprint, dnsNames, notAfter };
  const { id, state } = await linkOf(run).create(args);
  const revisionId = await api.newRevision(siteId, HOST);
  for (const target of ["staging", "ga"]) {
    await api.publish(siteId, revisionId, target);
    api.emulator.clock.advance(300);
  }

  const seen = await linkOf(run).read(id, state);
  if (seen === undefined) throw new Error("the link is there");
  expect(seen.targets).toMatchObject({ staging: { certificateId }, ga: { certificateId } });
  expect(siteCertificateLink.diff(seen, { ...args, certificateId: 99 }, run.session.checkContext())).toMatchObject({
    plan: `unlink ${certificateId} -> link 99 -> republish staging -> republish ga`,
  });
});

describe("a certificate that somebody unlinked from the site", () => {
  async function linked(live: boolean) {
    const leaf = await newLeaf(HOST);
    const certificateId = Number(await api.newCertificate(leaf));
    const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
    const siteId = live ? (await api.liveSite("live", [HOST], String(certificateId))).siteId : await api.newSite("new");
    const inputs = { siteId, certificateId, fingerprint, dnsNames, notAfter, replaceExisting: true };
    const { state } = await linkOf(run).create(inputs);
    const unlink = () => api.call("DELETE", `/api/v2/sites/${siteId}/certificates/${certificateId}`);
    const refresh = (from = state) => {
      newRun();
      return linkOf(run).read(siteId, from);
    };
    const off = `certificate ${certificateId} was unlinked from site ${siteId}, by someone else or by a run that did not finish`;
    const said = () => runs.flatMap((one) => one.said);
    const warnings = () => said().flatMap((line) => (line.startsWith("warn: ") ? [line.slice(6)] : []));
    return { siteId, certificateId, inputs, state, unlink, refresh, off, warnings };
  }
  const UP = "`pulumi up` with this link in the program:";

  test("is reported by every refresh while it is still served, with what up does", async () => {
    const { certificateId, inputs, unlink, refresh, off, warnings, siteId } = await linked(true);
    expect((await unlink()).status).toBeLessThan(300);
    const seen = await refresh();
    if (seen === undefined) throw new Error("it is still served");
    const told = `${off}; ga serves ${certificateId} until the next publish; ${UP} link ${certificateId}`;
    expect(warnings()).toEqual([told]);
    const again = await refresh(seen);
    expect(warnings()).toEqual([told, told]);
    // And that is what the next run plans and does.
    expect(siteCertificateLink.diff(again ?? seen, inputs, run.session.checkContext())).toMatchObject({
      plan: `link ${certificateId}`,
    });
    const back = await linkOf(run).update(siteId, again ?? seen, inputs);
    expect(back).toMatchObject({ linkedCertificateId: certificateId });
    const { length } = warnings();
    await refresh(back);
    expect(warnings()).toHaveLength(length);
  });

  test("and whose site somebody published, is reported as perhaps no longer served; up republishes", async () => {
    const { siteId, certificateId, unlink, refresh, off, warnings } = await linked(true);
    await unlink();
    await api.publish(siteId, await api.newRevision(siteId, HOST), "ga");
    api.emulator.clock.advance(300);
    expect(await refresh()).toMatchObject({ linkedCertificateId: null });
    expect(warnings()).toEqual([
      `${off}; ga has been published since, so it may already serve none; ${UP} link ${certificateId} -> republish ga`,
    ]);
  });

  test("of a site that is not in production leaves the state, and is reported too", async () => {
    const { certificateId, unlink, refresh, off, warnings } = await linked(false);
    await unlink();
    expect(await refresh()).toBeUndefined();
    expect(warnings()).toEqual([`${off}; ${UP} link ${certificateId} -> republish ga (if live by now)`]);
  });

  test("that somebody else had linked is not promised again", async () => {
    const { certificateId, state, unlink, refresh, warnings } = await linked(true);
    await unlink();
    await refresh({ ...state, ownCertificateId: certificateId + 1 });
    expect(warnings()).toEqual([expect.stringMatching(/in the program: link its certificate again$/)]);
  });

  test("is not reported for a link that never had one", async () => {
    const { siteId, refresh, state, unlink, warnings } = await linked(true);
    await unlink();
    await refresh({ siteId, linkedCertificateId: null, targets: state.targets });
    expect(warnings()).toEqual([]);
  });
});
