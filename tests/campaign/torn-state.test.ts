/** `kill -9` while Pulumi writes its state file: README.md's remedy brings everything back, and nothing is made twice. */
import { readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { asAUser } from "../support/crash-points.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator-process.ts";
import { materials } from "../support/materials.ts";
import { siteProgram } from "../support/programs.ts";
import { createStack, type Stack } from "../support/stack.ts";

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

test("a state file that was cut is replaced by its backup, and the next run makes nothing twice", async () => {
  const [material] = await materials(1);
  if (material === undefined) throw new Error("a certificate was asked for");
  stack.write(siteProgram({ material }));
  await stack.up();
  const stacks = join(stack.folder, "state/.pulumi/stacks");
  const file = readdirSync(stacks, { recursive: true, encoding: "utf8" }).find((name) => name.endsWith(".json"));
  truncateSync(join(stacks, file ?? ""), 0);

  const log: string[] = [];
  const run = await asAUser(stack, ["up", "--yes", "--skip-preview"], log);
  expect(log[0]).toContain("failed to load checkpoint");
  expect({ code: run.code, log: run.code === 0 ? [] : log }).toEqual({ code: 0, log: [] });
  expect((await emulator.call("GET", "/api/v2/certificates")).body).toHaveLength(1);
  expect((await emulator.call("GET", "/api/v2/sites")).body).toHaveLength(1);
  await stack.up("--expect-no-changes");
});
