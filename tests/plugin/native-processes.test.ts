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

async function start(engine = ENGINE, settings: Properties = {}): Promise<NativePlugin> {
  const plugin = await startNativePlugin({ engine, env: { TMPDIR: folder } });
  plugins.push(plugin);
  await plugin.configure({ ...settingsOf(emulator), ...settings });
  return plugin;
}

const settingsOf = ({ api, apiKey }: EmulatorProcess) => ({ endpoint: api, apiKey });

const served = async () =>
  (await emulator.edgeNow())
    .filter(({ host, target }) => host === HOST && target === "ga")
    .map(({ certificateId }) => certificateId);

/** A live site whose link and publication are in the state of `by`. */
async function liveSite(by: NativePlugin) {
  const [material] = await materials(1, [HOST]);
  const made = async (kind: string, news: Properties) =>
    by.create(urn(kind, "old"), (await by.check(urn(kind, "old"), news)).inputs);
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
    await by.create(urn(kind, name), (await by.check(urn(kind, name), news)).inputs);
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

test("an object with the same id at another organization is another object", async () => {
  const site = await liveSite(await start());
  await Promise.all(plugins.splice(0).map((plugin) => plugin.close()));
  const [before, other] = [await start(), await start(ENGINE, { organization: "other" })];
  await createAgain(other, "renamed", site);
  await deleteOld(before, site);
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

describe("a process that a debugger has started", () => {
  let plugin: NativePlugin;
  beforeEach(async () => {
    plugin = await startNativePlugin({ engine: undefined });
    plugins.push(plugin);
  });
  const create = (siteName: string) => plugin.create(urn("Site", siteName), { siteName });

  test("begins a new run for each engine, with the settings of that run", async () => {
    const second = await startEmulatorProcess();
    try {
      await plugin.attach("127.0.0.1:1");
      await plugin.configure(settingsOf(emulator));
      await create("first");
      await plugin.attach("127.0.0.1:2");
      await plugin.configure(settingsOf(second));
      await create("second");
      const names = async (of: EmulatorProcess) =>
        ((await of.call("GET", "/api/v2/sites")).body as { siteName: string }[]).map(({ siteName }) => siteName);
      expect([await names(emulator), await names(second)]).toEqual([["first"], ["second"]]);
    } finally {
      await second.close();
    }
  });

  test("serves all providers of a program with equal settings, and refuses one with others", async () => {
    await plugin.attach("127.0.0.1:1");
    await plugin.configure(settingsOf(emulator));
    await plugin.attach("127.0.0.1:1");
    await plugin.configure(settingsOf(emulator));
    await expect(plugin.configure({ ...settingsOf(emulator), organization: "other" })).rejects.toMatchObject({
      details: expect.stringMatching(/one process.*\[QWILT_CONFIG_INVALID\]/s),
    });
  });
});

test("a publication is imported by its target, which is never guessed", async () => {
  const plugin = await start();
  const { publication } = await liveSite(plugin);
  const [siteId = ""] = publication.id.split(":");
  const found = async (id: string) => (await plugin.readById(urn("SitePublication", "imported"), id)).id;
  expect(await found(`${siteId}:ga`)).toBe(`${siteId}:ga`);
  for (const suffix of ["", ":", ":Staging", ":prod", ":ga:x", ":staging"])
    expect(await found(siteId + suffix)).toBe("");
});

test("a certificate that the program reads brings its facts to the link", async () => {
  const plugin = await start();
  const { certificateId } = await liveSite(plugin);
  const read = urn("Certificate", "read");
  const { props } = await plugin.readById(read, String(certificateId));
  const reference = {
    "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
    urn: read,
    id: String(certificateId),
  };
  const link = (news: Properties) => plugin.check(urn("SiteCertificateLink", "other"), { siteId: "5f", ...news });
  expect((await link({ certificate: reference })).inputs).toMatchObject({
    certificateId,
    fingerprint: props.fingerprint,
  });
  expect((await link({ certificate: reference, hosts: ["other.example.com"] })).failures.join()).toMatch(
    /QWILT_COVERAGE_LOST/,
  );
});

test("null in the place of a reference is no reference", async () => {
  const plugin = await start();
  const news = { siteId: "5f", certificateId: 3, certificateIssuance: null, certificate: null };
  const { inputs, failures } = await plugin.check(urn("SiteCertificateLink", "other"), news);
  expect([failures, inputs]).toEqual([[], { siteId: "5f", certificateId: 3 }]);
});
