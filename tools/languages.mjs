// What the tests of other languages need: the language hosts of YAML, Python and Go, and Pulumi's generators of SDKs.
// Built from Go modules into the user's cache, once; a release of Pulumi contains all of them.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { fillFolder, goBuild, isComplete, whyGoCannotBuild } from "./go-build.mjs";
import { withLock } from "./lock.mjs";
import { cacheFolder, root } from "./paths.mjs";
import { main, SetUpError, saying } from "./run.mjs";

const modules = join(root, "tools/languages");
const stamp = (version) => [
  "-ldflags",
  `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`,
];

const programs = [
  {
    file: "pulumi-language-yaml",
    module: join(modules, "yaml"),
    command: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    flags: ["-ldflags", "-s -w -X github.com/pulumi/pulumi-yaml/pkg/version.Version=v1.25.0"],
    minutes: "3 minutes on two cores",
  },
  {
    file: "pulumi-language-python",
    module: join(modules, "hosts"),
    command: "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
    // The host runs this script, which it expects beside itself.
    script: "python/cmd/pulumi-language-python-exec",
    flags: stamp("v3.66.0"),
    minutes: "30 seconds",
  },
  {
    file: "pulumi-language-go",
    module: join(modules, "hosts"),
    command: "github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go",
    flags: stamp("v3.66.0"),
    minutes: "30 seconds",
  },
  {
    file: "generate-sdks",
    module: join(modules, "codegen"),
    command: ".",
    flags: ["-ldflags", "-s -w"],
    minutes: "30 seconds",
  },
];

/** @returns `{ folders }`, for PATH */
export async function ensureLanguages(env = process.env) {
  const folders = [];
  for (const program of programs) folders.push(await ensureProgram(program, env));
  return { folders };
}

async function ensureProgram(program, env) {
  const folder = join(cacheFolder(env), "languages", `${program.file}-${digestOf(program)}`);
  const binDir = join(folder, "bin");
  if (!isComplete(binDir, [program.file])) {
    await withLock(`${folder}.lock`, `Another process builds ${program.file}`, async () => {
      if (!isComplete(binDir, [program.file])) await build(program, binDir, env);
    });
  }
  return binDir;
}

/** Of everything that decides what is built. */
function digestOf({ module, command, flags, script = "" }) {
  const hash = createHash("sha256").update(JSON.stringify([command, flags, script]));
  for (const file of readdirSync(module).sort()) hash.update(readFileSync(join(module, file)));
  return hash.digest("hex").slice(0, 16);
}

async function build({ file, minutes, script, ...step }, binDir, env) {
  const why = whyGoCannotBuild(env);
  const log = join(cacheFolder(env), "logs", `${file}.log`);
  const result =
    why !== undefined
      ? { ok: false, why }
      : await saying(`Building ${file} from its Go module, about ${minutes}, once ...`, () =>
          fillFolder(binDir, async (bin) => {
            const built = await goBuild({ ...step, out: join(bin, file), log }, env);
            if (built.ok && script !== undefined) copyScript(step.module, script, bin, env);
            return built;
          }),
        );
  if (result.ok) return;
  throw new SetUpError(
    `There is no ${file} in ${binDir}, and it cannot be built: ${result.why}.\n  do: install Go 1.21 or later, then run this again.`,
  );
}

/** From the module's own files, which the build has downloaded. */
function copyScript(module, script, bin, env) {
  const args = ["list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"];
  const { stdout } = spawnSync("go", args, { cwd: module, env: { ...env, GOWORK: "off" }, encoding: "utf8" });
  const target = join(bin, basename(script));
  copyFileSync(join(stdout.trim(), script), target);
  chmodSync(target, 0o755);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    process.stdout.write(`${JSON.stringify(await ensureLanguages())}\n`);
  });
}
