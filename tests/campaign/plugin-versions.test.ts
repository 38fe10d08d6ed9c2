/**
 * Two versions of the plugin in one run, as when the SDK of a program is upgraded: the engine starts a process for each,
 * and what it deletes belongs to the old one.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { ROOT } from "../support/engine/dynamic-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";
import { HOSTS, type SiteProgram, siteProgram } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

const NEXT = "9.9.9";
let emulator: EmulatorProcess;
let stack: Stack;
let material: Material;

beforeEach(async () => {
  const [one] = await materials(1, HOSTS);
  if (one === undefined) throw new Error("no certificate was made");
  material = one;
  emulator = await startEmulatorProcess();
  stack = await createStack(emulator, { adapter: "native" });
  installNext(stack);
});
afterEach(async () => {
  stack.close();
  await emulator.close();
});

/** The same files under another version. */
function installNext({ folder }: Stack): void {
  cpSync(join(ROOT, "dist/plugin"), join(folder, "home/plugins", `resource-qwilt-v${NEXT}`), { recursive: true });
}

/** Each resource names the version of its SDK, as generated classes do. */
const program = (sdk: string, names: SiteProgram["names"] = {}) =>
  siteProgram({ material, names }).replace(
    /(new q\.\w+\(.*?\})(, \{ (dependsOn.*?) \})?\);$/gms,
    (_all, made, _o, more) => `${made}, { version: "${sdk}"${more === undefined ? "" : `, ${more}`} });`,
  );

const served = async () =>
  (await emulator.edgeNow()).filter(({ target }) => target === "ga").map(({ certificateId }) => certificateId);

const providers = async () =>
  ((await stack.exported()).deployment.resources ?? [])
    .filter(({ type }) => type === "pulumi:providers:qwilt")
    .map(({ inputs }) => inputs.version);

test("an upgrade of the SDK changes no resource", async () => {
  stack.write(program(version));
  await stack.up();
  expect(await providers()).toEqual([version]);
  const since = await emulator.mark();
  stack.write(program(NEXT));
  await stack.up();
  expect(await providers()).toEqual([NEXT]);
  expect((await emulator.ledger(since)).filter(({ method }) => method !== "GET")).toEqual([]);
});

test("a link and a publication that are renamed together with an upgrade stay on their site", async () => {
  stack.write(program(version));
  await stack.up();
  const before = await served();
  expect(before).toHaveLength(HOSTS.length);
  stack.write(program(NEXT, { link: "renamed", publication: "renamed" }));
  const { code, all } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
  // The new link cannot know that this stack linked the certificate, and says how to tell it.
  expect([code, await served()]).toEqual([expect.any(Number), before]);
  if (code !== 0) expect(all).toMatch(/QWILT_LINK_FOREIGN/);

  stack.write(
    program(NEXT, { link: "renamed", publication: "renamed" }).replace(
      "hosts: conf",
      "replaceExisting: true, hosts: conf",
    ),
  );
  await stack.up();
  expect(await served()).toEqual(before);
  await stack.preview("--expect-no-changes");
  await stack.destroy();
  expect(await served()).toEqual([]);
});
