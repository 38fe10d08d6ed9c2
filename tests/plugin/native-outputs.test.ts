/** Outputs of the native plugin, compared with its schema: an SDK in Go rejects a resource with an output of another type. */
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import {
  type NativePlugin,
  plain,
  settingsFor,
  startNativePlugin,
  struct,
  urnOf,
} from "../support/engine/native-plugin.ts";
import type { Properties } from "../support/engine/process-engine.ts";
import { wrongOutputs } from "../support/languages/outputs-in-schema.ts";
import { hostIndex } from "../support/programs/site-program.ts";
import { materialOf } from "../support/x509/materials.ts";

const HOST = "www.example.com";

let emulator: EmulatorProcess;
let plugin: NativePlugin;

beforeAll(async () => {
  emulator = await startEmulatorProcess(["--publish-ms", "1"]);
  plugin = await startNativePlugin({ engine: undefined });
  await plugin.configure({ ...settingsFor(emulator), edgeAddress: emulator.edge });
});
afterAll(async () => {
  await plugin?.close();
  await emulator?.close();
});

/** Checked, created and read as the engine does it. @returns outputs of both */
async function outputs(kind: string, given: Properties): Promise<readonly Record<string, unknown>[]> {
  const { inputs, failures } = await plugin.check(urnOf(kind), given);
  expect(failures).toEqual([]);
  const { id, outs } = await plugin.create(urnOf(kind), inputs);
  const request = new proto.ReadRequest();
  request.setUrn(urnOf(kind));
  request.setId(id);
  request.setProperties(struct(outs));
  request.setInputs(struct(inputs));
  const read = await plugin.call<proto.ReadResponse>((done) => plugin.client.read(request, done));
  expect(read.getId()).toBe(id);
  const both = [outs, plain(read.getProperties())];
  for (const one of both) expect(wrongOutputs(`qwilt:index:${kind}`, one)).toEqual([]);
  return both;
}

test("a new site, its certificate, link and publication", async () => {
  const { leaf, chain, key } = await materialOf({ names: [HOST] });
  const [site] = await outputs("Site", { siteName: "www", routingMethod: "DNS" });
  const { siteId } = site ?? {};
  const [configuration] = await outputs("SiteConfiguration", { siteId, hostIndex: hostIndex([HOST]) });
  const { revisionId } = configuration ?? {};
  const [certificate] = await outputs("Certificate", {
    certificate: leaf,
    certificateChain: chain,
    privateKey: key,
    lint: { allow: ["LIFETIME_OVER_LIMIT"] },
  });
  const { certificateId } = certificate ?? {};
  const timeouts = { create: 2.5, update: 3 };
  const link = { siteId, certificateId, hosts: [HOST], revisionId: { ga: revisionId }, coverage: "require", timeouts };
  await outputs("SiteCertificateLink", link);
  await outputs("SitePublication", { siteId, revisionId, target: "ga", timeouts });
});

test("a link to a site that somebody else published: the certificate that it serves is unknown", async () => {
  const { leaf, chain, key } = await materialOf({ names: [HOST] });
  const [site] = await outputs("Site", { siteName: "theirs" });
  const { siteId } = site ?? {};
  const [configuration] = await outputs("SiteConfiguration", { siteId, hostIndex: hostIndex([HOST]) });
  const { revisionId } = configuration ?? {};
  await outputs("SitePublication", { siteId, revisionId });
  const given = { certificate: leaf, certificateChain: chain, privateKey: key };
  const [certificate] = await outputs("Certificate", given);
  const { certificateId } = certificate ?? {};
  const links = await outputs("SiteCertificateLink", { siteId, certificateId, activate: "next-publish" });
  expect(links).toContainEqual(
    expect.objectContaining({ targets: { ga: expect.objectContaining({ certificateId: "unknown" }) } }),
  );
});

test("a template and its issuance, before there is a certificate", async () => {
  const [template] = await outputs("CertificateTemplate", { commonName: HOST, autoManaged: false, renewBefore: "30%" });
  expect(template).toMatchObject({ lastCertificateId: null });
  const { certificateTemplateId } = template ?? {};
  const [issuance] = await outputs("CertificateIssuance", { certificateTemplateId, wait: "next-run" });
  expect(issuance).toMatchObject({ certificateId: null });
});
