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

/** What the generated module is called; a release publishes it under another name. */
const GO_SDK = "pulumi-qwilt.example/sdk/go/qwilt";

type Material = Awaited<ReturnType<typeof materials>>[number];

export interface Project {
  readonly stack: Stack;
  /** Puts a certificate where the program reads it. */
  use(material: Material): void;
  /** From now on the program passes the key itself, as a secret, instead of its file. */
  passKey(): void;
}

/** How an example names the file of the key, and how a program in that language passes the key as a secret. */
const KEYS: Readonly<Record<Language, { readonly file: string; readonly from: string; readonly to: string }>> = {
  yaml: {
    file: "Pulumi.yaml",
    from: "privateKeyFrom:\n        file: certificate/key.pem",
    to: "privateKey:\n        fn::secret:\n          fn::readFile: certificate/key.pem",
  },
  python: {
    file: "__main__.py",
    from: 'private_key_from={"file": "certificate/key.pem"}',
    to: 'private_key=pulumi.Output.secret(pem("key.pem"))',
  },
  go: {
    file: "main.go",
    from: 'PrivateKeyFrom: &qwilt.KeyReferenceArgs{File: pulumi.String("certificate/key.pem")}',
    to: 'PrivateKey: pulumi.ToSecret(pulumi.String(must(pem("key.pem")))).(pulumi.StringOutput)',
  },
};
/** A helper that only the changed program in Go needs. */
const GO_MUST = `
func must(text string, err error) string {
	if err != nil {
		panic(err)
	}
	return text
}
`;

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
  options: {
    readonly emulator: EmulatorProcess;
    readonly hosts: string;
    /** Not needed for YAML. */
    readonly sdks: string;
    /** Of the examples in this language; default: the rotation. */
    readonly example?: string;
  },
): Promise<Project> {
  const { emulator, hosts, sdks, example = "rotation" } = options;
  const stack = await createStack(emulator, { adapter: "native" });
  stack.env.PATH = `${hosts}:${stack.env.PATH ?? ""}`;
  const folder = join(stack.folder, "program");
  cpSync(join(ROOT, `examples/${example}-${language}`), folder, { recursive: true });
  await install(language, folder, sdks, stack.env);
  // The project of the example has another name.
  await mustRun(stack, ["stack", "init", "prod"]);
  await mustRun(stack, ["config", "set", "qwilt:edgeAddress", emulator.edge]);
  return {
    stack,
    use({ leaf, chain, key }) {
      mkdirSync(join(folder, "certificate"), { recursive: true });
      for (const [name, text] of Object.entries({ leaf, chain, key })) stack.file(`certificate/${name}.pem`, text);
    },
    passKey() {
      const { file, from, to } = KEYS[language];
      const program = stack.read(file);
      if (!program.includes(from)) throw new Error(`${file} of the example does not contain: ${from}`);
      stack.file(file, program.replace(from, to) + (language === "go" ? GO_MUST : ""));
    },
  };
}

async function mustRun(stack: Stack, args: readonly string[]): Promise<void> {
  const { code, all } = await stack.pulumi(args);
  if (code !== 0) throw new Error(all);
}

async function install(language: Language, folder: string, sdks: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (language === "python") {
    writeFileSync(join(sdks, "python", "README.md"), "Generated for a test.\n");
    const venv = await pythonEnvironment(sdks);
    env.PATH = `${join(venv, "bin")}:${env.PATH ?? ""}`;
    env.VIRTUAL_ENV = venv;
  }
  if (language === "go") {
    const sdk = join(sdks, "go/qwilt");
    const file = join(folder, "go.mod");
    const text = readFileSync(file, "utf8");
    writeFileSync(
      join(sdk, "go.mod"),
      text.replace("module rotation-go", `module ${GO_SDK}`).replace(/^.*example.*\n/m, ""),
    );
    writeFileSync(file, `${text}\nreplace ${GO_SDK} => ${sdk}\n`);
    // Pulumi's host runs `go build`, which completes go.mod.
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
