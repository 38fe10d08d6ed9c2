/** The budgets of design.md section 11 that a single rotation does not show. */
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator-process.ts";
import { materials } from "../support/materials.ts";
import { createStack, type Stack } from "../support/stack.ts";

const SITES = 5;
let emulator: EmulatorProcess;
let stack: Stack;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  stack = await createStack(emulator);
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

function program(all: Awaited<ReturnType<typeof materials>>): string {
  return all
    .map(
      (one, index) => `
const site${index} = new q.Site("s${index}", { siteName: "site ${index}" });
const certificate${index} = new q.Certificate("s${index}", {
  certificate: ${JSON.stringify(one.leaf)}, certificateChain: ${JSON.stringify(one.chain)}, privateKey: pulumi.secret(${JSON.stringify(one.key)}),
});
new q.SiteCertificateLink("s${index}", { siteId: site${index}.siteId, certificate: certificate${index} });`,
    )
    .join("\n");
}

test(`creating ${SITES} certificates reads the pool once`, async () => {
  stack.write(program(await materials(SITES)));
  const since = await emulator.mark();
  await stack.up();
  const calls = (await emulator.ledger(since)).map(inWords);
  expect(calls.filter((word) => word === "pool")).toHaveLength(1);
  expect(calls.filter((word) => word === "upload")).toHaveLength(SITES);
});

test(`a refresh of ${SITES} sites costs at most ${SITES} + 3 calls and changes nothing`, async () => {
  const since = await emulator.mark();
  await stack.refresh("--expect-no-changes");
  const calls = (await emulator.ledger(since)).map(inWords);
  expect(calls.filter((word) => !["links", "pool", "sites"].includes(word))).toEqual([]);
  expect(calls.length).toBeLessThanOrEqual(SITES + 3);
});

test("a preview without a refresh makes no call", async () => {
  const since = await emulator.mark();
  await stack.preview("--expect-no-changes");
  expect(await emulator.ledger(since)).toEqual([]);
});

test("a setting that nothing reads is told once, with the one that was meant", async () => {
  await stack.pulumi(["config", "set", "qwilt:edgeprobe", "off"]);
  const preview = await stack.preview("--expect-no-changes");
  const [, diagnostics = ""] = preview.all.split("Diagnostics:");
  expect(diagnostics.match(/warning: .*setting.*/g)).toEqual([
    "warning: the setting qwilt:edgeprobe is not known and has no effect; did you mean qwilt:edgeProbe?",
  ]);
});
