/**
 * Two provider processes in one run, as the engine starts them while an SDK is upgraded: the old version deletes what the
 * new version has created again, under another name or in place.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { ROOT } from "../support/engine/dynamic-process.ts";
import { type NativePlugin, startNativePlugin } from "../support/engine/native-plugin.ts";
import type { Properties } from "../support/engine/process-engine.ts";
import { hostIndex } from "../support/programs/site-program.ts";
import { materials } from "../support/x509/materials.ts";

const HOST = "www.example.com";
const ENGINE = "127.0.0.1:1";
const urn = (kind: string, name: string) => `urn:pulumi:prod::web::qwilt:index:${kind}::${name}`;

let emulator: EmulatorProcess;
let folder: string;
const plugins: NativePlugin[] = [];

beforeEach(async () => {
  emulator = await startEmulatorProcess();
  folder = mkdtempSync(join(ROOT, ".work", "runs-"));
});
afterEach(async () => {
  await Promise.all(plugins.splice(0).map((plugin) => plugin.close()));
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(engine = ENGINE): Promise<NativePlugin> {
  const { api, apiKey } = emulator;
  const plugin = await startNativePlugin({ endpoint: api, apiKey }, { engine, env: { TMPDIR: folder } });
  plugins.push(plugin);
  return plugin;
}

const served = async () =>
  (await emulator.edgeNow())
    .filter(({ host, target }) => host === HOST && target === "ga")
    .map(({ certificateId }) => certificateId);

/** A live site whose link and publication are in the state of `by`. */
async function liveSite(by: NativePlugin) {
  const [material] = await materials(1, [HOST]);
  const made = async (kind: string, news: Properties) =>
    by.create(urn(kind, "old"), await by.check(urn(kind, "old"), news));
  const { outs: site } = await made("Site", { siteName: HOST });
  const siteId = String(site.siteId);
  const { outs: configuration } = await made("SiteConfiguration", { siteId, hostIndex: hostIndex([HOST]) });
  const { leaf, chain, key } = material ?? {};
  const uploaded = await emulator.call("POST", "/api/v2/certificates", {
    certificate: Buffer.from(leaf ?? "").toString("base64"),
    certificateChain: Buffer.from(chain ?? "").toString("base64"),
    privateKey: Buffer.from(key ?? "").toString("base64"),
  });
  const { certId } = uploaded.body as { certId: number | string };
  const linkInputs = { siteId, certificateId: Number(certId) };
  const publicationInputs = { siteId, revisionId: String(configuration.revisionId) };
  const link = await made("SiteCertificateLink", linkInputs);
  const publication = await made("SitePublication", publicationInputs);
  expect(await served()).toEqual([Number(certId)]);
  return { certificateId: Number(certId), link, publication, linkInputs, publicationInputs };
}

async function createAgain(by: NativePlugin, name: string, site: Awaited<ReturnType<typeof liveSite>>) {
  for (const [kind, news] of [
    ["SiteCertificateLink", { ...site.linkInputs, replaceExisting: true }],
    ["SitePublication", site.publicationInputs],
  ] as const) {
    await by.create(urn(kind, name), await by.check(urn(kind, name), news));
  }
}

async function deleteOld(by: NativePlugin, { link, publication }: Awaited<ReturnType<typeof liveSite>>) {
  await by.remove(urn("SitePublication", "old"), publication.id, publication.outs);
  await by.remove(urn("SiteCertificateLink", "old"), link.id, link.outs);
}

test.each(["renamed", "old"])(
  "resources that the new process has created as %s stay when the old one deletes",
  async (name) => {
    const site = await liveSite(await start());
    // The next run: nothing of the first one's processes is left.
    await Promise.all(plugins.splice(0).map((plugin) => plugin.close()));
    const [before, after] = [await start(), await start()];
    await createAgain(after, name, site);
    await deleteOld(before, site);
    expect(await served()).toEqual([site.certificateId]);
  },
);

test("without a successor in the run they are removed, whatever an earlier run has said", async () => {
  const site = await liveSite(await start());
  const other = await start("127.0.0.1:2");
  await createAgain(other, "renamed", site);
  await Promise.all(plugins.splice(0).map((plugin) => plugin.close()));
  await deleteOld(await start(), site);
  expect(await served()).toEqual([]);
});

test("the files are readable by this user only, and those of ended processes are removed", async () => {
  const site = await liveSite(await start());
  const [runs = ""] = readdirSync(folder).filter((name) => name.startsWith("pulumi-qwilt-runs-"));
  expect(statSync(join(folder, runs)).mode & 0o077).toBe(0);
  const files = () => readdirSync(join(folder, runs), { recursive: true }).filter((name) => String(name).endsWith("l"));
  expect(files()).toHaveLength(1);
  await Promise.all(plugins.splice(0).map((plugin) => plugin.close()));
  const next = await start("127.0.0.1:3");
  expect(files()).toHaveLength(1);
  await deleteOld(next, site);
});
