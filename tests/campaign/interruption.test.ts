/** Ctrl-C, SIGTERM and time limits with the real CLI: waiting ends, the state is true, the next run continues. */
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { type Ended, type RunningCli, startCli, until } from "../support/engine/running-cli.ts";
import { createStack, type ExportedState, type Stack } from "../support/engine/stack.ts";
import { siteProgram } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

/** Includes the engine's own shutdown on a busy machine; Ctrl-C alone may wait for a second. */
const END_LIMIT_MS = 10_000;
const PUBLISH_MS = 5_000;

let emulator: EmulatorProcess;
let stack: Stack;
let material: (index: number) => Material;

beforeAll(async () => {
  emulator = await startEmulatorProcess(["--publish-ms", String(PUBLISH_MS)]);
  stack = await createStack(emulator);
  const all = await materials(2);
  material = (index) => {
    const found = all[index % all.length];
    if (found === undefined) throw new Error(`no certificate was made`);
    return found;
  };
  stack.write(siteProgram({ material: material(0) }));
  await stack.up();
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

const words = async (since: number) => (await emulator.ledger(since)).map(inWords);
const served = async () =>
  [...new Set((await emulator.edgeNow()).filter(({ target }) => target === "ga").map((one) => one.fingerprint))].sort();

async function linkState(): Promise<NonNullable<ExportedState["deployment"]["resources"]>[number]> {
  const found = (await stack.exported()).deployment.resources?.find(({ type }) =>
    type.endsWith(":SiteCertificateLink"),
  );
  if (found === undefined) throw new Error("the state has no link");
  return found;
}

/** Runs until the publish of a rotation is in progress, and then interrupts it. */
async function interrupted(how: (cli: RunningCli) => void): Promise<Ended> {
  const since = await emulator.mark();
  const cli = startCli(stack, ["up", "--yes", "--skip-preview"]);
  await until("the rotation waits for its publish", async () => (await words(since)).includes("poll"));
  how(cli);
  const ended = await cli.ended;
  process.stdout.write(`interruption: ended ${ended.sinceSignalMs} ms after the signal\n`);
  return ended;
}

test("Ctrl-C ends a wait at once, the state records what is linked, and the next up finishes without a second publish", async () => {
  stack.write(siteProgram({ material: material(1) }));
  const since = await emulator.mark();
  const ended = await interrupted((cli) => cli.signal("SIGINT"));
  expect(ended.sinceSignalMs).toBeLessThan(END_LIMIT_MS);
  expect(ended.code).not.toBe(0);
  expect(ended.all).toContain("[QWILT_INTERRUPTED]");

  const link = await linkState();
  expect(link.outputs.linkedCertificateId).toBe(link.outputs.ownCertificateId);
  expect(link.initErrors?.join("\n")).toContain("QWILT_INTERRUPTED");
  expect((await stack.exported()).deployment.pending_operations ?? []).toEqual([]);

  await stack.up();
  expect((await words(since)).filter((word) => word === "republish")).toHaveLength(1);
  expect(await served()).toEqual([material(1).fingerprint]);
  await stack.up("--expect-no-changes");
});

test.each([
  ["a terminal's Ctrl-C, which the whole process group hears", 2, "SIGINT", "group"],
  ["SIGTERM, as a pipeline that is cancelled sends it", 3, "SIGTERM", "cli"],
] as const)("%s, ends a wait that would never end, and the next up finishes", async (_title, index, signal, to) => {
  stack.write(siteProgram({ material: material(index) }));
  const since = await emulator.mark();
  await emulator.fault({ match: { method: "POST", route: "/**/republish" }, effect: { publish: "stuck" } });
  const ended = await interrupted((cli) => cli.signal(signal, to));
  expect(ended.sinceSignalMs).toBeLessThan(END_LIMIT_MS);
  expect(ended.code).not.toBe(0);

  // Somebody at Qwilt ends the hanging publish.
  const hanging = (await emulator.ledger(since)).find((row) => inWords(row) === "poll");
  await emulator.call("POST", `${hanging?.path.replace(/\?.*/, "")}/actions/cancel`);
  await stack.up();
  expect(await served()).toEqual([material(index).fingerprint]);
  await stack.up("--expect-no-changes");
});
