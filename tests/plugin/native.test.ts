/** The native plugin as a process, with this test as its engine: the parts of the protocol that the CLI does not show. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { version } from "../../package.json";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { portOf, ROOT, UNKNOWN_VALUE } from "../support/engine/dynamic-process.ts";
import { hostIndex } from "../support/programs/site-program.ts";
import { materials } from "../support/x509/materials.ts";

type Properties = Readonly<Record<string, unknown>>;

const urn = (kind: string) => `urn:pulumi:prod::web::qwilt:index:${kind}::www`;
const PROVIDER = "urn:pulumi:prod::web::pulumi:providers:qwilt::default";
const struct = (value: Properties) => Struct.fromJavaScript(value as Parameters<typeof Struct.fromJavaScript>[0]);
const plain = (value: Struct | undefined) => (value?.toJavaScript() ?? {}) as Record<string, unknown>;

async function startPlugin(command: readonly string[] = [process.execPath, join(ROOT, "dist/plugin/index.js")]) {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env: { PATH: process.env.PATH, HOME: process.env.HOME } });
  const client = new rpc.ResourceProviderClient(`127.0.0.1:${await portOf(child)}`, credentials.createInsecure());
  function call<T>(send: (done: (error: ServiceError | null, answer: T) => void) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      send((error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
  }
  return {
    client,
    call,
    async close() {
      client.close();
      child.kill();
      await new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve(undefined)));
    },
  };
}

let emulator: EmulatorProcess;
let plugin: Awaited<ReturnType<typeof startPlugin>>;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  plugin = await startPlugin();
  const configure = new proto.ConfigureRequest();
  // As the engine sends it: a secret in its envelope, and what is not text as JSON.
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: emulator.apiKey };
  configure.setArgs(struct({ endpoint: emulator.api, apiKey: secret, requestTimeoutMs: "20000", version }));
  await plugin.call<proto.ConfigureResponse>((done) => plugin.client.configure(configure, done));
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

test("a handshake names what it accepts, and an engine that attaches is served", async () => {
  const answer = await plugin.call<proto.ProviderHandshakeResponse>((done) =>
    plugin.client.handshake(new proto.ProviderHandshakeRequest(), done),
  );
  expect([answer.getAcceptSecrets(), answer.getAcceptResources()]).toEqual([false, true]);
  const attach = new PluginAttach();
  attach.setAddress("127.0.0.1:1");
  await plugin.call((done) => plugin.client.attach(attach, done));
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

async function check(kind: string, news: Properties, olds: Properties = {}) {
  const request = new proto.CheckRequest();
  request.setUrn(urn(kind));
  request.setOlds(struct(olds));
  request.setNews(struct(news));
  const answer = await plugin.call<proto.CheckResponse>((done) => plugin.client.check(request, done));
  const failures = answer.getFailuresList().map((one) => `${one.getProperty()}: ${one.getReason()}`);
  return { inputs: plain(answer.getInputs()), failures };
}

async function create(kind: string, inputs: Properties, preview = false) {
  const request = new proto.CreateRequest();
  request.setUrn(urn(kind));
  request.setProperties(struct(inputs));
  request.setPreview(preview);
  const answer = await plugin.call<proto.CreateResponse>((done) => plugin.client.create(request, done));
  return { id: answer.getId(), outs: plain(answer.getProperties()) };
}

test("a check reports every wrong argument on its property", async () => {
  const { failures } = await check("Site", { siteName: "", routingMethod: "BGP", sitename: "x" });
  expect(failures.map((one) => one.split(":")[0]).sort()).toEqual(["routingMethod", "siteName", "sitename"]);
});

test("the preview of a create knows inputs and facts; the rest is unknown, and nothing is sent", async () => {
  const [material] = await materials(1);
  const since = await emulator.mark();
  const { inputs } = await check("Certificate", {
    certificate: material?.leaf,
    certificateChain: material?.chain,
    privateKey: material?.key,
  });
  expect(inputs).not.toHaveProperty("privateKey");
  const { id, outs } = await create("Certificate", inputs, true);
  expect([id, outs.certificateId, outs.fingerprint]).toEqual(["", UNKNOWN_VALUE, material?.fingerprint]);
  expect(await emulator.ledger(since)).toEqual([]);
});

test("a reference to a certificate that is not created yet brings its facts to the link", async () => {
  const [material] = await materials(1);
  const given = { certificate: material?.leaf, certificateChain: material?.chain, privateKey: material?.key };
  const { inputs } = await check("Certificate", given);
  await create("Certificate", inputs, true);
  const reference = {
    "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
    urn: urn("Certificate"),
    id: UNKNOWN_VALUE,
  };
  const link = await check("SiteCertificateLink", { siteId: UNKNOWN_VALUE, certificate: reference });
  expect(link.failures).toEqual([]);
  expect(link.inputs).toMatchObject({
    certificateId: UNKNOWN_VALUE,
    fingerprint: material?.fingerprint,
    notAfter: material?.notAfter,
  });
  expect(link.inputs).not.toHaveProperty("certificate");

  const uncovered = await check("SiteCertificateLink", {
    siteId: "5f",
    certificate: reference,
    hosts: ["other.example.com"],
  });
  expect(uncovered.failures.join()).toMatch(/QWILT_COVERAGE_LOST/);
  const twice = await check("SiteCertificateLink", { siteId: "5f", certificate: reference, certificateId: 3 });
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
  const known = await check("SiteCertificateLink", { siteId: "5f", certificate: reference }, olds);
  expect(known.inputs).toMatchObject(olds);
  const other = await check(
    "SiteCertificateLink",
    { siteId: "5f", certificate: reference },
    { ...olds, certificateId: 6 },
  );
  expect(other.inputs).toEqual({ siteId: "5f", certificateId: 7 });
});

test("a changed input is a change of its path; a replaced resource says which property replaces it", async () => {
  const site = await create("Site", { siteName: "native" });
  const siteId = String(site.outs.siteId);
  const { inputs } = await check("SiteConfiguration", { siteId, hostIndex: hostIndex(["a.example.com"]) });
  const { outs } = await create("SiteConfiguration", inputs);
  const request = new proto.DiffRequest();
  request.setUrn(urn("SiteConfiguration"));
  request.setId(siteId);
  request.setOlds(struct(outs));
  request.setOldInputs(struct(inputs));
  const news = await check("SiteConfiguration", { siteId, hostIndex: hostIndex(["a.example.com"], "b.example.com") });
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
  const site = await create("Site", { siteName: "partial" });
  const siteId = String(site.outs.siteId);
  const { inputs } = await check("SiteConfiguration", { siteId, hostIndex: hostIndex(["p.example.com"]) });
  const { outs } = await create("SiteConfiguration", inputs);
  const match = { method: "POST", route: `/**/${siteId}/publishing-operations` };
  await emulator.fault({ match, effect: { publish: "failed" } });
  const failed: unknown = await create("SitePublication", { siteId, revisionId: String(outs.revisionId) }).catch(
    (error: unknown) => error,
  );
  const { metadata, details } = failed as ServiceError;
  const [bytes] = metadata.get("grpc-status-details-bin");
  const [detail] = Status.deserializeBinary(bytes as Uint8Array).getDetailsList();
  const saved = proto.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
  expect(saved.getId()).toBe(`${siteId}:ga`);
  expect(plain(saved.getProperties())).toMatchObject({ siteId, revisionId: outs.revisionId });
  expect(saved.getReasonsList()).toEqual([details]);
  expect(details).toMatch(/\[QWILT_\w+\]/);
});

test("the shim starts the same process", async () => {
  const other = await startPlugin([join(ROOT, "dist/plugin/pulumi-resource-qwilt")]);
  const info = await other.call<{ getVersion(): string }>((done) => other.client.getPluginInfo(new Empty(), done));
  expect(info.getVersion()).toBe(version);
  await other.close();
});

test("after Cancel no new work begins, and the process stays for its answers", async () => {
  const other = await startPlugin();
  await other.call((done) => other.client.configure(new proto.ConfigureRequest(), done));
  await other.call((done) => other.client.cancel(new Empty(), done));
  const request = new proto.CreateRequest();
  request.setUrn(urn("Site"));
  request.setProperties(struct({ siteName: "x" }));
  await expect(other.call((done) => other.client.create(request, done))).rejects.toMatchObject({
    details: expect.stringContaining("QWILT_INTERRUPTED"),
  });
  await other.close();
});
