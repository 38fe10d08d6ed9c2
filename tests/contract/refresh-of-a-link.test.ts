/** What a refresh learns about a link: every network that shows the site, so that the next plan names them all. */
import { siteCertificateLink } from "../../provider/resources/site-certificate-link.ts";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { createProviderCore, type ProviderCore } from "../support/provider-core.ts";
import { type Api, frozenEmulator, newLeaf } from "./emulator-harness.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();
let core: ProviderCore;
let api: Api;

beforeEach(() => {
  api = emulator();
  const { clock } = api.emulator;
  core = createProviderCore({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(ms) },
  });
});
afterEach(() => core.close());

test("a site that was published to both networks after it was linked is planned to be republished on both", async () => {
  const leaf = await newLeaf(HOST);
  const certificateId = Number(await api.newCertificate(leaf));
  const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
  const siteId = await api.newSite("new");
  const args = { siteId, certificateId, fingerprint, dnsNames, notAfter };
  const { id, state } = await siteCertificateLink.create(args, core.context());
  const revisionId = await api.newRevision(siteId, HOST);
  for (const target of ["staging", "ga"]) {
    await api.publish(siteId, revisionId, target);
    api.emulator.clock.advance(300);
  }

  const seen = await siteCertificateLink.read(id, state, core.context());
  if (seen === undefined) throw new Error("the link is there");
  expect(seen.targets).toMatchObject({ staging: { certificateId }, ga: { certificateId } });
  expect(siteCertificateLink.diff(seen, { ...args, certificateId: 99 }, core.context())).toMatchObject({
    plan: `unlink ${certificateId} -> link 99 -> republish staging -> republish ga`,
  });
});
