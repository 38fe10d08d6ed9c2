/** The native plugin as a process, with this test as its engine: the parts of the protocol that the CLI does not show. */
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { version } from "../../package.json";
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { ROOT, UNKNOWN_VALUE } from "../support/engine/dynamic-process.ts";
import { startEngineLog } from "../support/engine/engine-log.ts";
import {
  type NativePlugin,
  plain,
  savedOf,
  settingsFor,
  startNativePlugin,
  struct,
  urnOf,
} from "../support/engine/native-plugin.ts";
import type { Properties } from "../support/engine/process-engine.ts";
import { until } from "../support/engine/running-cli.ts";
import { hostIndex } from "../support/programs/site-program.ts";
import { materials } from "../support/x509/materials.ts";

const PROVIDER = "urn:pulumi:prod::web::pulumi:providers:qwilt::default";

let emulator: EmulatorProcess;
let plugin: NativePlugin;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  plugin = await startNativePlugin({ engine: undefined });
  await plugin.configure(settingsFor(emulator));
});
afterAll(async () => {
  await plugin?.close();
  await emulator?.close();
});

test("it says who it is, and returns its schema with its version", async () => {
  const info = await plugin.call<{ getVersion(): string }>((done) => plugin.client.getPluginInfo(new Empty(), done));
  const answer = await plugin.call<proto.GetSchemaResponse>((done) =>
    plugin.client.getSchema(new proto.GetSchemaRequest(), done),
  );
  const schema = JSON.parse(answer.getSchema()) as { name: string; version: string };
  expect([info.getVersion(), schema.name, schema.version]).toEqual([version, "qwilt", version]);
});

test("a handshake names what it accepts", async () => {
  const answer = await plugin.call<proto.ProviderHandshakeResponse>((done) =>
    plugin.client.handshake(new proto.ProviderHandshakeRequest(), done),
  );
  expect([answer.getAcceptSecrets(), answer.getAcceptResources()]).toEqual([false, true]);
});

test("an engine that attaches receives the messages", async () => {
  const other = await startNativePlugin({ engine: undefined });
  const engine = await startEngineLog();
  try {
    await other.configure(settingsFor(emulator));
    await other.attach(engine.address);
    const [material] = await materials(1);
    const { failures } = await other.check(urnOf("Certificate"), {
      certificate: material?.leaf,
      certificateChain: material?.chain,
      privateKey: material?.key,
    });
    expect(failures).toEqual([]);
    expect(engine.messages).toContainEqual({
      urn: urnOf("Certificate"),
      text: expect.stringMatching(/valid until \d{4}-\d\d-\d\d/),
    });
  } finally {
    await other.close();
    engine.close();
  }
});

test("a method of another engine is not implemented, and ends nothing", async () => {
  const request = new proto.ParameterizeRequest();
  await expect(plugin.call((done) => plugin.client.parameterize(request, done))).rejects.toMatchObject({
    code: status.UNIMPLEMENTED,
  });
  await expect(plugin.call((done) => plugin.client.call(new proto.CallRequest(), done))).rejects.toMatchObject({
    code: status.UNIMPLEMENTED,
  });
});

test("settings are checked before any resource, all findings at once", async () => {
  const request = new proto.CheckRequest();
  request.setUrn(PROVIDER);
  request.setNews(struct({ maxConcurrency: "none", edgeProbe: "maybe", apiKey: UNKNOWN_VALUE }));
  const answer = await plugin.call<proto.CheckResponse>((done) => plugin.client.checkConfig(request, done));
  const [reason = ""] = answer.getFailuresList().map((one) => one.getReason());
  expect(reason).toMatch(/The configuration has 2 errors.*QWILT_CONFIG_INVALID/s);
  expect(plain(answer.getInputs())).toMatchObject({ maxConcurrency: "none" });
});

test("other credentials are an update of the provider, never a replacement", async () => {
  const request = new proto.DiffRequest();
  request.setUrn(PROVIDER);
  request.setOldInputs(struct({ apiKey: "a", endpoint: "https://a" }));
  request.setNews(struct({ apiKey: "b", endpoint: "https://b" }));
  const answer = await plugin.call<proto.DiffResponse>((done) => plugin.client.diffConfig(request, done));
  expect([answer.getChanges(), answer.getReplacesList()]).toEqual([proto.DiffResponse.DiffChanges.DIFF_SOME, []]);
});

test("a check reports every wrong argument on its property", async () => {
  const { failures } = await plugin.check(urnOf("Site"), { siteName: "", routingMethod: "BGP", sitename: "x" });
  expect(failures.map((one) => one.split(":")[0]).sort()).toEqual(["routingMethod", "siteName", "sitename"]);
});

test("the preview of a create knows inputs and facts; the rest is unknown, and nothing is sent", async () => {
  const [material] = await materials(1);
  const since = await emulator.mark();
  const { inputs } = await plugin.check(urnOf("Certificate"), {
    certificate: material?.leaf,
    certificateChain: material?.chain,
    privateKey: material?.key,
  });
  expect(inputs).not.toHaveProperty("privateKey");
  const { id, outs } = await plugin.create(urnOf("Certificate"), inputs, true);
  expect([id, outs.certificateId, outs.fingerprint]).toEqual(["", UNKNOWN_VALUE, material?.fingerprint]);
  expect(await emulator.ledger(since)).toEqual([]);
});

test("a reference to a certificate that is not created yet brings its facts to the link", async () => {
  const [material] = await materials(1);
  const given = { certificate: material?.leaf, certificateChain: material?.chain, privateKey: material?.key };
  const { inputs } = await plugin.check(urnOf("Certificate"), given);
  await plugin.create(urnOf("Certificate"), inputs, true);
  const reference = {
    "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
    urn: urnOf("Certificate"),
    id: UNKNOWN_VALUE,
  };
  const link = await plugin.check(urnOf("SiteCertificateLink"), { siteId: UNKNOWN_VALUE, certificate: reference });
  expect(link.failures).toEqual([]);
  expect(link.inputs).toMatchObject({
    certificateId: UNKNOWN_VALUE,
    fingerprint: material?.fingerprint,
    notAfter: material?.notAfter,
  });
  expect(link.inputs).not.toHaveProperty("certificate");

  const uncovered = await plugin.check(urnOf("SiteCertificateLink"), {
    siteId: "5f",
    certificate: reference,
    hosts: ["other.example.com"],
  });
  expect(uncovered.failures.join()).toMatch(/QWILT_COVERAGE_LOST/);
  const twice = await plugin.check(urnOf("SiteCertificateLink"), {
    siteId: "5f",
    certificate: reference,
    certificateId: 3,
  });
  expect(twice.failures.join()).toMatch(/mutually exclusive/);
});

test("a reference to a resource that this run leaves out keeps the facts of the last run", async () => {
  const reference = {
    "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
    urn: "urn:pulumi:prod::web::qwilt:index:Certificate::left-out",
    id: "7",
  };
  const olds = {
    siteId: "5f",
    certificateId: 7,
    fingerprint: "ab",
    dnsNames: ["a.example.com"],
    notAfter: "2027-01-01",
  };
  const known = await plugin.check(urnOf("SiteCertificateLink"), { siteId: "5f", certificate: reference }, olds);
  expect(known.inputs).toMatchObject(olds);
  const other = await plugin.check(
    urnOf("SiteCertificateLink"),
    { siteId: "5f", certificate: reference },
    { ...olds, certificateId: 6 },
  );
  expect(other.inputs).toEqual({ siteId: "5f", certificateId: 7 });
});

test("a changed input is a change of its path; a replaced resource says which property replaces it", async () => {
  const site = await plugin.create(urnOf("Site"), { siteName: "native" });
  const siteId = String(site.outs.siteId);
  const { inputs } = await plugin.check(urnOf("SiteConfiguration"), {
    siteId,
    hostIndex: hostIndex(["a.example.com"]),
  });
  const { outs } = await plugin.create(urnOf("SiteConfiguration"), inputs);
  const request = new proto.DiffRequest();
  request.setUrn(urnOf("SiteConfiguration"));
  request.setId(siteId);
  request.setOlds(struct(outs));
  request.setOldInputs(struct(inputs));
  const news = await plugin.check(urnOf("SiteConfiguration"), {
    siteId,
    hostIndex: hostIndex(["a.example.com"], "b.example.com"),
  });
  request.setNews(struct(news.inputs));
  const answer = await plugin.call<proto.DiffResponse>((done) => plugin.client.diff(request, done));
  const paths = answer.getDetaileddiffMap().getEntryList() as unknown as [string, unknown][];
  expect(paths.map(([path]) => path)).toEqual([
    'hostIndex.hosts[0]["host-metadata"].metadata[0]["generic-metadata-value"].sources[0].endpoints[0]',
  ]);
  expect(answer.getReplacesList()).toEqual([]);

  request.setNews(struct({ ...inputs, siteId: "another" }));
  const replaced = await plugin.call<proto.DiffResponse>((done) => plugin.client.diff(request, done));
  expect([replaced.getReplacesList(), replaced.getDeletebeforereplace()]).toEqual([["siteId"], false]);
  expect(replaced.getDetaileddiffMap().get("siteId")?.getKind()).toBe(proto.PropertyDiff.Kind.UPDATE_REPLACE);

  request.setNews(struct(inputs));
  const same = await plugin.call<proto.DiffResponse>((done) => plugin.client.diff(request, done));
  expect(same.getChanges()).toBe(proto.DiffResponse.DiffChanges.DIFF_NONE);
});

test("lookups find what the program does not manage, and say what they did not find", async () => {
  const invoke = async (name: string, args: Properties) => {
    const request = new proto.InvokeRequest();
    request.setTok(`qwilt:index:${name}`);
    request.setArgs(struct(args));
    const answer = await plugin.call<proto.InvokeResponse>((done) => plugin.client.invoke(request, done));
    return { found: plain(answer.getReturn()), failures: answer.getFailuresList().map((one) => one.getReason()) };
  };
  expect((await invoke("getSite", { siteName: "native" })).found).toMatchObject({
    siteName: "native",
    siteId: expect.stringMatching(/^[0-9a-f]{24}$/),
  });
  expect((await invoke("getSite", { siteName: "none" })).failures).toEqual([
    'getSite: Qwilt has nothing with siteName "none".',
  ]);
  expect((await invoke("getCertificate", { certificateId: 999 })).failures).toHaveLength(1);
  expect((await invoke("getCertificate", {})).failures.join()).toMatch(/certificateId is missing/);
});

test("what exists after a failure is saved: id, state and reason go to the engine", async () => {
  const site = await plugin.create(urnOf("Site"), { siteName: "partial" });
  const siteId = String(site.outs.siteId);
  const { inputs } = await plugin.check(urnOf("SiteConfiguration"), {
    siteId,
    hostIndex: hostIndex(["p.example.com"]),
  });
  const { outs } = await plugin.create(urnOf("SiteConfiguration"), inputs);
  const match = { method: "POST", route: `/**/${siteId}/publishing-operations` };
  await emulator.fault({ match, effect: { publish: "failed" } });
  const failed: unknown = await plugin
    .create(urnOf("SitePublication"), { siteId, revisionId: String(outs.revisionId) })
    .catch((error: unknown) => error);
  const saved = savedOf(failed);
  expect(saved).toMatchObject({ id: `${siteId}:ga`, properties: { siteId, revisionId: outs.revisionId } });
  expect(saved?.reasons).toEqual([saved?.message]);
  expect(saved?.message).toMatch(/\[QWILT_\w+\]/);
});

test("the shim starts the same process", async () => {
  const other = await startNativePlugin({
    engine: undefined,
    command: [join(ROOT, "dist/plugin/pulumi-resource-qwilt")],
  });
  const info = await other.call<{ getVersion(): string }>((done) => other.client.getPluginInfo(new Empty(), done));
  expect(info.getVersion()).toBe(version);
  await other.close();
});

test("Cancel ends a publish in progress: its id and state go to the engine, and no new work begins", async () => {
  const other = await startNativePlugin({ engine: undefined });
  try {
    await other.configure(settingsFor(emulator));
    const site = await other.create(urnOf("Site"), { siteName: "canceled" });
    const siteId = String(site.outs.siteId);
    const { inputs } = await other.check(urnOf("SiteConfiguration"), {
      siteId,
      hostIndex: hostIndex(["c.example.com"]),
    });
    const { outs } = await other.create(urnOf("SiteConfiguration"), inputs);
    const route = `/**/${siteId}/publishing-operations`;
    await emulator.fault({ match: { method: "POST", route }, effect: { publish: "stuck" } });
    const since = await emulator.mark();
    const publication = other
      .create(urnOf("SitePublication"), { siteId, revisionId: String(outs.revisionId) })
      .catch((error: unknown) => error);
    const polls = async () => (await emulator.ledger(since)).some((row) => inWords(row) === "poll");
    await until("the publish is followed", polls);
    await other.call((done) => other.client.cancel(new Empty(), done));
    const saved = savedOf(await publication);
    const publishId = expect.stringMatching(/./);
    expect(saved).toMatchObject({ id: `${siteId}:ga`, properties: { siteId, revisionId: outs.revisionId, publishId } });
    expect(saved?.message).toContain("QWILT_INTERRUPTED");

    await expect(other.create(urnOf("Site"), { siteName: "x" })).rejects.toMatchObject({
      details: expect.stringContaining("QWILT_INTERRUPTED"),
    });
  } finally {
    await other.close();
  }
});
