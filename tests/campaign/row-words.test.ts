/** What rows and errors say if the provider cannot know everything, with the real CLI. The tests share one stack. */
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";
import { HOSTS, hostIndex, siteProgram } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

let emulator: EmulatorProcess;
let stack: Stack;
let a: Material;
let b: Material;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  stack = await createStack(emulator);
  const [first, second] = await materials(2);
  if (first === undefined || second === undefined) throw new Error("two certificates were asked for");
  [a, b] = [first, second];
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

const sites = async () => (await emulator.call("GET", "/api/v2/sites")).body as { siteId: string }[];

test("after a refused rotation a reverted program adopts its certificate, and no row says that it stays", async () => {
  stack.write(siteProgram({ material: a }));
  await stack.up();
  await emulator.fault({ match: { method: "POST", route: "/api/v2/sites/*/certificates" }, effect: { status: 400 } });
  stack.write(siteProgram({ material: b }));
  const refused = await stack.pulumi(["up", "--yes", "--skip-preview"]);
  expect(refused.code).not.toBe(0);
  stack.write(siteProgram({ material: a }));
  const reverted = await stack.up();
  expect(reverted.all).toContain("which was already in the pool; it is deleted later only if this stack uploaded it");
  expect(reverted.all).not.toContain("will not delete");
});

test("a refresh after a publish by hand says what the next up does, and publishes nothing", async () => {
  const [site] = await sites();
  const url = `/api/1/sites/${site?.siteId}/configurations`;
  const saved = await emulator.call("POST", url, {
    hostIndex: hostIndex(HOSTS, "other.example.com"),
    changeDescription: "by hand",
  });
  const { revisionId } = saved.body as { revisionId: string };
  await emulator.call("POST", `/api/v2/sites/${site?.siteId}/publishing-operations`, { revisionId, target: "ga" });
  const since = await emulator.mark();
  const refresh = await stack.refresh();
  expect(refresh.all).toMatch(/SitePublication www .*on the next `pulumi up`: publish revision \S+ to ga/);
  expect((await emulator.ledger(since)).filter(({ method }) => method !== "GET")).toEqual([]);
  const preview = await stack.preview();
  expect(preview.all).toMatch(/SitePublication www .*publish revision \S+ to ga/);
  expect(preview.all).not.toContain("on the next");
  await stack.up();
});

const inComponent = (options: string) => `
const web = new pulumi.ComponentResource("acme:edge:Web", "web");
new q.Site("www", { siteName: "www.example.com" }, { parent: web${options} });`;

test("a site that was moved into a component is refused with the alias by parent, and that alias works", async () => {
  stack.write(inComponent(""));
  const refused = await stack.pulumi(["up", "--yes", "--skip-preview"]);
  expect(refused.all).toContain("[QWILT_SITE_AMBIGUOUS]");
  const [, option] = /(aliases: \[\{ parent: pulumi.rootStackResource \}\])/.exec(refused.all) ?? [];
  stack.write(inComponent(`, ${option}`));
  const preview = await stack.preview();
  expect(preview.all).not.toMatch(/qwilt:Site www +(create|delete)/);
});
