/** Several stacks of an example, as a team has them: one program, one backend, a configuration file for each. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EmulatorProcess } from "../emulator/emulator-process.ts";
import { createExample } from "../programs/example.ts";
import type { ExportedState, Run, Stack } from "./stack.ts";

export interface Project {
  readonly folder: string;
  readonly env: Stack["env"];
  file(name: string, text: string): void;
  set(stack: string, key: string, value: string): Promise<void>;
  /** `pulumi ARGS --stack STACK`, whatever it ends with. */
  pulumi(stack: string, ...args: string[]): Promise<Run>;
  /** Throws when it fails. */
  must(stack: string, ...args: string[]): Promise<Run>;
  up(stack: string, ...args: string[]): Promise<Run>;
  /** Throws when it succeeds. @returns all of its output */
  refused(stack: string, ...args: string[]): Promise<string>;
  exported(stack: string): Promise<ExportedState>;
  imported(stack: string, state: ExportedState): Promise<void>;
  close(): void;
}

/** @param stacks the first is there already: `prod` */
export async function createProject(
  emulator: EmulatorProcess,
  example: string,
  stacks: readonly string[],
): Promise<Project> {
  const one = await createExample(emulator, example, {});
  const pulumi = (stack: string, ...args: string[]) => one.pulumi([...args, "--stack", stack]);
  const must = async (stack: string, ...args: string[]) => {
    const run = await pulumi(stack, ...args);
    if (run.code !== 0) throw new Error(`pulumi ${args.join(" ")} of ${stack} ended with ${run.code}:\n${run.all}`);
    return run;
  };
  const exported = async (stack: string) =>
    JSON.parse((await must(stack, "stack", "export", "--show-secrets")).stdout) as ExportedState;
  for (const stack of stacks.filter((name) => name !== "prod")) {
    const init = await one.pulumi(["stack", "init", stack]);
    if (init.code !== 0) throw new Error(init.all);
  }
  return {
    folder: join(one.folder, "program"),
    env: one.env,
    file: one.file,
    set: async (stack, key, value) => void (await must(stack, "config", "set", key, value)),
    pulumi,
    must,
    up: (stack, ...args) => must(stack, "up", "--yes", "--skip-preview", ...args),
    async refused(stack, ...args) {
      const run = await pulumi(stack, ...args);
      if (run.code === 0) throw new Error(`pulumi ${args.join(" ")} of ${stack} was expected to fail:\n${run.all}`);
      return run.all;
    },
    exported,
    async imported(stack, state) {
      const file = join(one.folder, "state.json");
      writeFileSync(file, JSON.stringify(state));
      await must(stack, "stack", "import", "--file", file);
    },
    close: one.close,
  };
}
