/** A stack on the real Pulumi CLI: a project folder, a file backend, an emulator, and one of the two ways to the resources. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../../package.json";
import type { EmulatorProcess } from "../emulator/emulator-process.ts";
import { type Adapter, adapterOfSuite } from "./adapter.ts";
import { ROOT } from "./dynamic-process.ts";

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in order of arrival. */
  readonly all: string;
}

export interface Stack {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Replaces the program, plain JavaScript; `q` is pulumi-qwilt, `pulumi` is @pulumi/pulumi. */
  write(program: string, adapter?: Adapter): void;
  file(name: string, text: string): void;
  /** A file in the folder of the program. */
  read(name: string): string;
  pulumi(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Run>;
  /** Throws if it fails. */
  up(...args: string[]): Promise<Run>;
  preview(...args: string[]): Promise<Run>;
  refresh(...args: string[]): Promise<Run>;
  destroy(...args: string[]): Promise<Run>;
  exported(): Promise<ExportedState>;
  close(): void;
}

export interface ExportedState {
  readonly deployment: {
    readonly resources?: {
      urn: string;
      type: string;
      id?: string;
      inputs: Record<string, unknown>;
      outputs: Record<string, unknown>;
      initErrors?: string[];
    }[];
    readonly pending_operations?: unknown[];
  };
}

/** Commands that are recorded, so that the history checker judges what they did and claimed. */
const CHANGING = ["up", "preview", "refresh", "destroy"];

/** One CLI command takes seconds, on a busy machine many. */
jest.setTimeout(180_000);

const PACKAGES: Readonly<Record<Adapter, string>> = {
  dynamic: "pulumi-qwilt",
  native: join(ROOT, "tests/support/programs/native-classes.js"),
};
const prelude = (adapter: Adapter) =>
  `const pulumi = require("@pulumi/pulumi");\nconst q = require(${JSON.stringify(PACKAGES[adapter])});\n`;

/** As `pulumi plugin install` leaves it. */
export function installPlugin(home: string): void {
  cpSync(join(ROOT, "dist/plugin"), join(home, "plugins", `resource-qwilt-v${version}`), { recursive: true });
}

/** tools/test.mjs puts the engine and Node 22 first on PATH before it starts jest. */
export async function createStack(
  emulator: EmulatorProcess,
  options: { program?: string; name?: string; adapter?: Adapter } = {},
): Promise<Stack> {
  mkdirSync(join(ROOT, ".work"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".work", "stack-"));
  const { name = "prod", adapter = adapterOfSuite() } = options;
  mkdirSync(join(folder, "state"));
  mkdirSync(join(folder, "program"));
  writeFileSync(join(folder, "program/Pulumi.yaml"), "name: web\nruntime: nodejs\n");
  writeFileSync(join(folder, "program/package.json"), JSON.stringify({ name: "web", private: true, main: "index.js" }));
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    NO_COLOR: "1",
    QWILT_ENDPOINT: emulator.api,
    QWILT_API_KEY: emulator.apiKey,
  };
  const pulumi = async (args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<Run> => {
    const judged = CHANGING.includes(args[0] ?? "");
    const end = judged ? await emulator.history.begin(folder, args) : undefined;
    const run = await command(args, extra);
    await end?.(run);
    return run;
  };
  const command = (args: readonly string[], extra: NodeJS.ProcessEnv): Promise<Run> =>
    new Promise((resolve, reject) => {
      const child = spawn("pulumi", [...args, "--non-interactive", "--color", "never"], {
        cwd: join(folder, "program"),
        env: { ...env, ...extra },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const run = { stdout: "", stderr: "", all: "" };
      child.stdout.on("data", (data: Buffer) => {
        run.stdout += data.toString();
        run.all += data.toString();
      });
      child.stderr.on("data", (data: Buffer) => {
        run.stderr += data.toString();
        run.all += data.toString();
      });
      child.once("error", reject);
      child.once("close", (code) => resolve({ ...run, code: code ?? -1 }));
    });
  const must = async (args: readonly string[]) => {
    const run = await pulumi(args);
    if (run.code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${run.code}:\n${run.all}`);
    return run;
  };
  const write = (program: string, way = adapter) => {
    if (way === "native") installPlugin(join(folder, "home"));
    writeFileSync(join(folder, "program/index.js"), prelude(way) + program);
  };
  write(options.program ?? "");
  await must(["stack", "init", name]);
  return {
    folder,
    env,
    write,
    file: (file, text) => writeFileSync(join(folder, "program", file), text),
    read: (file) => readFileSync(join(folder, "program", file), "utf8"),
    pulumi,
    up: (...args) => must(["up", "--yes", "--skip-preview", ...args]),
    preview: (...args) => must(["preview", ...args]),
    refresh: (...args) => must(["refresh", "--yes", "--skip-preview", ...args]),
    destroy: (...args) => must(["destroy", "--yes", "--skip-preview", ...args]),
    exported: async () => JSON.parse((await must(["stack", "export", "--show-secrets"])).stdout) as ExportedState,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
