/** Nothing waits forever: Cancel, `timeouts`, qwilt:publishTimeoutMs and qwilt:requestTimeoutMs end every wait. */

import { providerText } from "../../provider/engine/dynamic/provider-text.ts";
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { type DynamicProcess, startDynamicProcess } from "../support/engine/dynamic-process.ts";
import { until } from "../support/engine/running-cli.ts";
import { HOSTS, hostIndex } from "../support/programs/site-program.ts";
import { materials } from "../support/x509/materials.ts";

const texts = { publication: providerText("SitePublication"), certificate: providerText("Certificate") };

// The promise is a second; a shared machine sometimes stalls that long, so the test is retried.
jest.retryTimes(2);

let emulator: EmulatorProcess;
let open: DynamicProcess[] = [];
beforeAll(async () => {
  emulator = await startEmulatorProcess();
});
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
  await emulator.ask("DELETE", "/faults");
});
afterAll(() => emulator?.close());

async function start(kind: keyof typeof texts, config: Record<string, string> = {}): Promise<DynamicProcess> {
  const { api, apiKey } = emulator;
  const settings = { "qwilt:endpoint": api, "qwilt:apiKey": apiKey, ...config };
  const started = await startDynamicProcess({ text: texts[kind], config: settings });
  open.push(started);
  return started;
}

let sites = 0;
/** A site with a revision, and a publish of it that never ends. */
async function neverPublished(): Promise<{ siteId: string; revisionId: string }> {
  const site = await emulator.call("POST", "/api/v2/sites", { siteName: `site-${sites++}` });
  const { siteId } = site.body as { siteId: string };
  const saved = await emulator.call("POST", `/api/1/sites/${siteId}/configurations`, {
    hostIndex: hostIndex(HOSTS.map((host) => `s${sites}.${host}`)),
    changeDescription: "",
  });
  const { revisionId } = saved.body as { revisionId: string };
  await emulator.fault({
    match: { method: "POST", route: `/**/${siteId}/publishing-operations` },
    effect: { publish: "stuck" },
  });
  return { siteId, revisionId };
}

async function timed<T>(work: Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const began = Date.now();
  return { value: await work, ms: Date.now() - began };
}

const calls = async (since: number) => (await emulator.ledger(since)).map(inWords);

test("Cancel ends a wait within a second; what exists is saved, and what has not begun does not begin", async () => {
  const inputs = await neverPublished();
  const publication = await start("publication");
  await publication.check({}, inputs);
  const since = await emulator.mark();
  const creating = publication.create(inputs);
  await until("the publish is waited for", async () => (await calls(since)).includes("poll"), 20_000);
  await publication.cancel();
  const { value, ms } = await timed(creating);
  expect(ms).toBeLessThan(1_000);
  expect(value.error?.message).toContain("[QWILT_INTERRUPTED]");
  expect(publication.initFailed(value.error)).toMatchObject({ id: `${inputs.siteId}:ga` });

  const before = await emulator.mark();
  expect((await publication.create(inputs)).error?.message).toContain("[QWILT_INTERRUPTED]");
  expect(await calls(before)).toEqual([]);
});

test("SIGINT ends a wait within a second and the process with it", async () => {
  const inputs = await neverPublished();
  const publication = await start("publication");
  await publication.check({}, inputs);
  const since = await emulator.mark();
  const creating = publication.create(inputs);
  await until("the publish is waited for", async () => (await calls(since)).includes("poll"), 20_000);
  publication.signal("SIGINT");
  const { value, ms } = await timed(Promise.all([creating, publication.exit]));
  expect(ms).toBeLessThan(1_000);
  expect(value[0].error?.message).toContain("[QWILT_INTERRUPTED]");
});

test.each<[string, Record<string, string>, object]>([
  ["qwilt:publishTimeoutMs", { "qwilt:publishTimeoutMs": "400" }, {}],
  ["timeouts, which stand above it", { "qwilt:publishTimeoutMs": "600000" }, { timeouts: { create: 0.4 / 60 } }],
])("a publish that never ends is waited for as long as %s says", async (_title, config, options) => {
  const inputs = { ...(await neverPublished()), ...options };
  const publication = await start("publication", config);
  const { value, ms } = await timed(publication.create((await publication.check({}, inputs)).inputs));
  expect(value.error?.message).toContain("[QWILT_PUBLISH_TIMED_OUT]");
  expect(ms).toBeGreaterThanOrEqual(400);
  expect(ms).toBeLessThan(30_000);
});

test("one response is waited for as long as qwilt:requestTimeoutMs says", async () => {
  const [made] = await materials(1);
  if (made === undefined) throw new Error("no certificate was made");
  const certificate = await start("certificate", { "qwilt:requestTimeoutMs": "300" });
  await emulator.fault({
    match: { method: "POST", route: "/api/v2/certificates" },
    effect: { delayMs: 600_000 },
  });
  const news = { certificate: made.leaf, certificateChain: made.chain, privateKey: made.key };
  const { inputs } = await certificate.check({}, news);
  const { value, ms } = await timed(certificate.create(inputs));
  expect(value.error?.message).toMatch(/within 300 ms.*\[QWILT_OUTCOME_UNKNOWN\]/s);
  expect(ms).toBeLessThan(30_000);
});
