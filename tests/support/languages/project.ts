/** A copy of an example in another language, with the generated SDK, on the real CLI. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { EmulatorProcess } from "../emulator/emulator-process.ts";
import { ROOT } from "../engine/dynamic-process.ts";
import { createStack, type Stack } from "../engine/stack.ts";
import type { materials } from "../x509/materials.ts";

const run = promisify(execFile);
const LONG = { maxBuffer: 64 * 1024 * 1024 };

export type Language = "yaml" | "python" | "go";

type Material = Awaited<ReturnType<typeof materials>>[number];

export interface Project {
  readonly stack: Stack;
  /** Puts a certificate where the program reads it. */
  use(material: Material): void;
}

/** @returns the folders of the language hosts and of the SDK generators, as in PATH */
export async function languageHosts(): Promise<string> {
  const { stdout } = await run(process.execPath, [join(ROOT, "tools/languages.mjs")], LONG);
  const { folders } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { folders: string[] };
  return folders.join(delimiter);
}

/** Generates the SDKs for Node, Python and Go. @returns their folder */
export async function generateSdks(hosts: string, out: string): Promise<string> {
  const schema = await pluginSchema();
  const file = join(out, "schema.json");
  mkdirSync(out, { recursive: true });
  writeFileSync(file, schema);
  await run("generate-sdks", [file, out], { ...LONG, env: { ...process.env, PATH: hosts } });
  return out;
}

/** The schema as the plugin returns it, with its version. */
async function pluginSchema(): Promise<string> {
  const document = JSON.parse(readFileSync(join(ROOT, "dist/plugin/schema.json"), "utf8")) as object;
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  return JSON.stringify({ ...document, version });
}

export async function createProject(
  language: Language,
  { emulator, hosts, sdks }: { readonly emulator: EmulatorProcess; readonly hosts: string; readonly sdks: string },
): Promise<Project> {
  const stack = await createStack(emulator, { adapter: "native" });
  stack.env.PATH = `${hosts}:${stack.env.PATH ?? ""}`;
  const folder = join(stack.folder, "program");
  cpSync(join(ROOT, `examples/rotation-${language}`), folder, { recursive: true });
  await install(language, folder, sdks, stack.env);
  await mustRun(stack, ["config", "set", "qwilt:edgeAddress", emulator.edge]);
  return {
    stack,
    use({ leaf, chain, key }) {
      mkdirSync(join(folder, "certificate"), { recursive: true });
      for (const [name, text] of Object.entries({ leaf, chain, key })) stack.file(`certificate/${name}.pem`, text);
    },
  };
}

async function mustRun(stack: Stack, args: readonly string[]): Promise<void> {
  const { code, all } = await stack.pulumi(args);
  if (code !== 0) throw new Error(all);
}

async function install(language: Language, folder: string, sdks: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (language === "python") {
    const venv = await pythonEnvironment(sdks);
    env.PATH = `${join(venv, "bin")}:${env.PATH ?? ""}`;
    env.VIRTUAL_ENV = venv;
  }
  if (language === "go") {
    const replaced = `\nreplace pulumi-qwilt.example/sdk/go/qwilt => ${join(sdks, "go/qwilt")}\n`;
    const file = join(folder, "go.mod");
    writeFileSync(file, readFileSync(file, "utf8") + replaced);
    cpSync(join(ROOT, "examples/rotation-go/go.sum"), join(folder, "go.sum"));
    // A host of Pulumi runs `go build` itself; the cache of modules and builds is the user's.
    env.GOFLAGS = "-mod=mod";
  }
}

/** Pulumi's SDK for Python and the generated one, in an environment of their own. */
async function pythonEnvironment(sdks: string): Promise<string> {
  const venv = join(sdks, "venv");
  if (existsSync(join(venv, "ready"))) return venv;
  await run("python3", ["-m", "venv", venv], LONG);
  const pip = join(venv, "bin/pip");
  await run(pip, ["install", "--quiet", "--disable-pip-version-check", join(sdks, "python")], LONG);
  writeFileSync(join(venv, "ready"), "");
  return venv;
}
