/** A stack of 20 sites moves from dynamic resources to the native provider and back, without a change at Qwilt. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { version } from "../../package.json";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import type { Adapter } from "../support/engine/adapter.ts";
import { ROOT } from "../support/engine/dynamic-process.ts";
import { createStack, installPlugin, type Stack } from "../support/engine/stack.ts";
import { hostIndex } from "../support/programs/site-program.ts";
import { type Material, materialOf } from "../support/x509/materials.ts";

const SITES = 20;
/** Options of the resources of one site each. */
const OPTIONS = new Map([
  [2, "{ parent }"],
  [3, "{ protect }"],
  [4, '{ aliases: [{ name: "renamed" }] }'],
  [5, '{ customTimeouts: { create: "10m", update: "10m" } }'],
]);
const LONG_MS = 20 * 60_000;

let emulator: EmulatorProcess;
let stack: Stack;
let all: Material[];

beforeAll(async () => {
  emulator = await startEmulatorProcess(["--publish-ms", "1"]);
  stack = await createStack(emulator, { adapter: "dynamic" });
  all = await Promise.all(Array.from({ length: SITES }, (_, index) => materialOf({ names: [hostOf(index)] })));
  await configured();
  stack.write(program("dynamic"), "dynamic");
  await stack.up();
  // Observes what the publications made live after their links.
  await stack.refresh();
}, LONG_MS);
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

test("to the native provider: no change, and no call that writes", () => moves("native"), LONG_MS);

test(
  "a rotation works there",
  async () => {
    all[0] = await materialOf({ names: [hostOf(0)] });
    stack.write(program("native"), "native");
    await stack.up();
    expect(await served(0)).toEqual([all[0].fingerprint]);
    await stack.refresh("--expect-no-changes");
  },
  LONG_MS,
);

test(
  "and back, from a provider with a version: no change, and no call that writes",
  async () => {
    const providers = ((await stack.exported()).deployment.resources ?? []).filter(
      ({ type }) => type === "pulumi:providers:qwilt",
    );
    expect(providers.map(({ urn }) => urn.split("::").at(-1))).toEqual([`default_${version.replaceAll(".", "_")}`]);
    await moves("dynamic");
  },
  LONG_MS,
);

test(
  "a rotation works after it, and destroy leaves nothing",
  async () => {
    all[1] = await materialOf({ names: [hostOf(1)] });
    stack.write(program("dynamic"), "dynamic");
    await stack.up();
    expect(await served(1)).toEqual([all[1].fingerprint]);
    expect((await stack.pulumi(["destroy", "--yes"])).all).toMatch(/protected/);
    await must(["state", "unprotect", "--all", "--yes"]);
    await stack.destroy();
    expect((await emulator.call("GET", "/api/v2/sites")).body).toEqual([]);
    expect((await emulator.call("GET", "/api/v2/certificates")).body).toEqual([]);
  },
  LONG_MS,
);

async function moves(to: Adapter): Promise<void> {
  const since = await emulator.mark();
  await must(["stack", "export", "--file", "before.json"]);
  const command = join(ROOT, "bin/pulumi-qwilt.js");
  const dry = run(command, `to-${to}`, "--dry-run", "--json", "before.json");
  expect((JSON.parse(dry) as { resources: unknown[] }).resources).toHaveLength(5 * SITES);
  stack.file("after.json", run(command, `to-${to}`, "before.json"));
  await must(["stack", "import", "--file", "after.json"]);
  expect(placed(JSON.parse(stack.read("after.json")))).toEqual(placed(JSON.parse(stack.read("before.json"))));
  if (to === "native") installPlugin(join(stack.folder, "home"));
  // Without the program, only the provider in the state has the settings.
  await stack.refresh("--expect-no-changes");
  stack.write(program(to), to);
  await stack.preview("--expect-no-changes");
  await stack.up("--expect-no-changes");
  await stack.refresh("--expect-no-changes");
  expect((await emulator.ledger(since)).filter(({ method }) => method !== "GET")).toEqual([]);
  const types = (await stack.exported()).deployment.resources?.map(({ type }) => type) ?? [];
  expect(types.filter((type) => type.startsWith("qwilt:index:"))).toHaveLength(to === "native" ? 5 * SITES : 0);
}

interface Placed {
  readonly urn: string;
  readonly parent?: string;
  readonly protect?: boolean;
  readonly customTimeouts?: unknown;
}

/** Where each resource of ours is, and its options; of both ways the same. */
function placed({ deployment }: { readonly deployment: { readonly resources: readonly Placed[] } }): Placed[] {
  const ours = deployment.resources.filter(({ urn }) => !urn.includes("pulumi:providers"));
  const options = ours.map(({ urn, parent, protect, customTimeouts }) => ({
    urn,
    parent,
    protect,
    customTimeouts,
  }));
  expect(options.filter((one) => one.protect)).toHaveLength(5);
  expect(options.filter((one) => one.parent?.includes("web:index:Site"))).toHaveLength(5);
  expect(options.filter((one) => JSON.stringify(one.customTimeouts ?? {}).includes("600"))).toHaveLength(5);
  return JSON.parse(JSON.stringify(options).replaceAll(/pulumi-nodejs:dynamic\/qwilt:|qwilt:index:/g, "")) as Placed[];
}

async function must(args: readonly string[]): Promise<void> {
  const { code, all: output } = await stack.pulumi(args);
  if (code !== 0) throw new Error(output);
}

function run(command: string, ...args: string[]): string {
  const cwd = join(stack.folder, "program");
  return execFileSync(process.execPath, [command, ...args], {
    cwd,
    encoding: "utf8",
    maxBuffer: 1024 ** 3,
    stdio: "pipe",
  });
}

async function served(index: number): Promise<(string | null)[]> {
  const live = (await emulator.edgeNow()).filter(({ host, target }) => host === hostOf(index) && target === "ga");
  return live.map(({ fingerprint }) => fingerprint);
}

function hostOf(index: number): string {
  return `www${index}.example.com`;
}

/** Nothing is left to the environment: the provider in the state has the settings of the stack, one of them a secret. */
async function configured(): Promise<void> {
  await must(["config", "set", "--secret", "qwilt:apiKey", emulator.apiKey]);
  await must(["config", "set", "--path", "qwilt:endpoints.cert-manager", emulator.api]);
  await must(["config", "set", "qwilt:endpoint", emulator.api]);
  delete stack.env.QWILT_API_KEY;
  delete stack.env.QWILT_ENDPOINT;
}

function program(adapter: Adapter): string {
  const sites = all
    .map(({ leaf, chain, key }, index) => {
      const name = JSON.stringify(`s${index}`);
      return `{
  const opts = options(${OPTIONS.get(index) ?? "{}"});
  const site = new q.Site(${name}, { siteName: ${JSON.stringify(hostOf(index))} }, opts);
  const configuration = new q.SiteConfiguration(${name}, { siteId: site.siteId, hostIndex: ${JSON.stringify(hostIndex([hostOf(index)]))} }, opts);
  const certificate = new q.Certificate(${name}, { certificate: ${JSON.stringify(leaf)}, certificateChain: ${JSON.stringify(chain)}, privateKey: pulumi.secret(${JSON.stringify(key)}) }, opts);
  const link = new q.SiteCertificateLink(${name}, { siteId: site.siteId, certificate, hosts: configuration.securedHosts, revisionId: configuration.revisionId }, opts);
  new q.SitePublication(${name}, { siteId: site.siteId, revisionId: configuration.revisionId }, { ...opts, dependsOn: [link] });
}`;
    })
    .join("\n");
  // A generated SDK names its version, so that the engine's default provider has it in its name.
  const ofSdk = adapter === "native" ? { version } : {};
  return `const parent = new pulumi.ComponentResource("web:index:Site", "web");
const protect = true;
const options = (own) => ({ ...own, ...${JSON.stringify(ofSdk)} });
${sites}`;
}
