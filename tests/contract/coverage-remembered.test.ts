/** Hosts that an earlier run read from the configuration: a rotation is refused by what is so now, not by what was. */
import { siteCertificateLink } from "../../provider/resources/site-certificate-link.ts";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { createProviderCore } from "../support/provider-core.ts";
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

function newCore(address = api.emulator.api) {
  const { clock } = api.emulator;
  return createProviderCore({
    api: address,
    apiKey: api.emulator.apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(ms) },
  });
}

/** A link that has read its hosts from the configuration, and a certificate that lacks one of them. */
async function rotation() {
  const core = newCore();
  const first = await certificate(...HOSTS);
  const { siteId } = await api.liveSite("live", HOSTS, String(first.certificateId));
  const second = await certificate(...HOSTS);
  const inputs = { siteId, ...second, replaceExisting: true };
  const { state } = await siteCertificateLink.create(inputs, core.context());
  expect(state.observedHosts?.hosts).toEqual(HOSTS);
  const third = await certificate("www.example.com");
  core.close();
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
  const core = newCore();
  await expect(siteCertificateLink.inspect?.(state, wanted, core.context())).rejects.toThrow(
    /does not cover shop\.example\.com[\s\S]*QWILT_COVERAGE_LOST/,
  );
  core.close();
});

test("once it was taken out and published, the preview says nothing, and the rotation goes on", async () => {
  const { siteId, state, wanted } = await rotation();
  await publishWithout(siteId);
  const core = newCore();
  expect(await siteCertificateLink.inspect?.(state, wanted, core.context())).toEqual([]);
  const reached = await siteCertificateLink.update(siteId, state, wanted, core.context());
  expect(reached.linkedCertificateId).toBe(wanted.certificateId);
  expect(reached.observedHosts?.hosts).toEqual(["www.example.com"]);
  core.close();
});

test("a preview that cannot ask warns, and leaves the refusal to up", async () => {
  const { state, wanted } = await rotation();
  const core = createProviderCore({ api: "http://127.0.0.1:1", apiKey: "key", clock: testClock() });
  const warnings = await siteCertificateLink.inspect?.(state, wanted, core.context());
  expect(warnings).toEqual([expect.stringMatching(/does not cover shop\.example\.com.*up looks again/)]);
  core.close();
});

test("a certificate that covers them all asks nobody", async () => {
  const { siteId, state } = await rotation();
  const other = await certificate(...HOSTS);
  await api.control("DELETE", "/ledger");
  const core = newCore();
  expect(await siteCertificateLink.inspect?.(state, { siteId, ...other }, core.context())).toEqual([]);
  expect((await api.control("GET", "/ledger")).json).toEqual([]);
  core.close();
});

test("a host that the program has dropped in the same change is told at preview, with the two steps", async () => {
  const { state, wanted } = await rotation();
  const core = newCore();
  const declared = { ...wanted, hosts: ["www.example.com"] };
  const warnings = await siteCertificateLink.inspect?.(state, declared, core.context());
  expect(warnings).toEqual([expect.stringMatching(/does not cover shop\.example\.com.*up will refuse.*--target/)]);
  await expect(siteCertificateLink.update(wanted.siteId, state, declared, core.context())).rejects.toThrow(
    /Nothing was changed[\s\S]*do: Publish the configuration without it first/,
  );

  await publishWithout(wanted.siteId);
  expect(await siteCertificateLink.inspect?.(state, declared, core.context())).toEqual([]);
  const reached = await siteCertificateLink.update(wanted.siteId, state, declared, core.context());
  expect(reached.linkedCertificateId).toBe(wanted.certificateId);
  core.close();
});
