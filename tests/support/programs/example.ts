/** An example as a user copies it, run as a stack. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { EmulatorProcess } from "../emulator/emulator-process.ts";
import { ROOT } from "../engine/dynamic-process.ts";
import { createStack, type Stack } from "../engine/stack.ts";

export async function createExample(
  emulator: EmulatorProcess,
  example: string,
  config: Readonly<Record<string, string>>,
): Promise<Stack> {
  const stack = await createStack(emulator);
  const folder = join(stack.folder, "program");
  rmSync(join(folder, "index.js"));
  cpSync(join(ROOT, "examples", example), folder, { recursive: true });
  // The example has its own project name.
  const init = await stack.pulumi(["stack", "init", "prod"]);
  if (init.code !== 0) throw new Error(init.all);
  for (const [key, value] of Object.entries(config)) {
    const run = await stack.pulumi(["config", "set", key, value, "--stack", "prod"]);
    if (run.code !== 0) throw new Error(run.all);
  }
  return stack;
}
