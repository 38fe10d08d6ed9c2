/** A stack of 20 sites moves from dynamic resources to the native provider and back, without a change at Qwilt. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import type { Adapter } from "../support/engine/adapter.ts";
import { ROOT } from "../support/engine/dynamic-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";
import { hostIndex } from "../support/programs/site-program.ts";
import { type Material, materialOf } from "../support/x509/materials.ts";

const SITES = 20;
const LONG_MS = 20 * 60_000;

let emulator: EmulatorProcess;
let stack: Stack;
let all: Material[];

beforeAll(async () => {
  emulator = await startEmulatorProcess(["--publish-ms", "1"]);
  stack = await createStack(emulator, { adapter: "dynamic" });
  all = await Promise.all(Array.from({ length: SITES }, (_, index) => materialOf({ names: [hostOf(index)] })));
  stack.write(program(), "dynamic");
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
    stack.write(program(), "native");
    await stack.up();
    expect(await served(0)).toEqual([all[0].fingerprint]);
    await stack.refresh("--expect-no-changes");
  },
  LONG_MS,
);

test("and back: no change, and no call that writes", () => moves("dynamic"), LONG_MS);

test(
  "a rotation works after it, and destroy leaves nothing",
  async () => {
    all[1] = await materialOf({ names: [hostOf(1)] });
    stack.write(program(), "dynamic");
    await stack.up();
    expect(await served(1)).toEqual([all[1].fingerprint]);
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
  stack.write(program(), to);
  await stack.preview("--expect-no-changes");
  await stack.up("--expect-no-changes");
  await stack.refresh("--expect-no-changes");
  expect((await emulator.ledger(since)).filter(({ method }) => method !== "GET")).toEqual([]);
  const types = (await stack.exported()).deployment.resources?.map(({ type }) => type) ?? [];
  expect(types.filter((type) => type.startsWith("qwilt:index:"))).toHaveLength(to === "native" ? 5 * SITES : 0);
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

function program(): string {
  return all
    .map(({ leaf, chain, key }, index) => {
      const name = JSON.stringify(`s${index}`);
      return `{
  const site = new q.Site(${name}, { siteName: ${JSON.stringify(hostOf(index))} });
  const configuration = new q.SiteConfiguration(${name}, { siteId: site.siteId, hostIndex: ${JSON.stringify(hostIndex([hostOf(index)]))} });
  const certificate = new q.Certificate(${name}, { certificate: ${JSON.stringify(leaf)}, certificateChain: ${JSON.stringify(chain)}, privateKey: pulumi.secret(${JSON.stringify(key)}) });
  const link = new q.SiteCertificateLink(${name}, { siteId: site.siteId, certificate, hosts: configuration.securedHosts, revisionId: configuration.revisionId });
  new q.SitePublication(${name}, { siteId: site.siteId, revisionId: configuration.revisionId }, { dependsOn: [link] });
}`;
    })
    .join("\n");
}
