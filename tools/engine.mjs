// Provides a Pulumi engine for this provider: from PATH, the user's cache, Pulumi's own installer, or its Go modules.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { fillFolder, goBuild, isComplete, whyGoCannotBuild } from "./go-build.mjs";
import { runInstaller } from "./installer.mjs";
import { withLock } from "./lock.mjs";
import { cacheFolder, findOnPath, isExecutable, root } from "./paths.mjs";
import { main, SetUpError, saying } from "./run.mjs";

/** The version that this repository is tested with, and that the cache contains. */
export const engineVersion = "3.259.0";

/**
 * The oldest supported engine on PATH: `pulumi import` of dynamic resources, by a file with inputs and outputs, works
 * since 3.254.0 (docs/pulumi-engine.md 1.10).
 */
const oldestOnPath = [3, 254, 0];

/** An engine is these three files in one folder (docs/pulumi-engine.md 6.1). */
const files = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];

const sources = { path: fromPath, cache: fromCache, installer: fromInstaller, modules: fromModules };

/**
 * Finds or builds an engine, the quickest way first. `PULUMI_QWILT_ENGINE_FROM` (comma-separated: `path`, `cache`,
 * `installer`, `modules`; default all four) selects the ways to try.
 *
 * @returns `{ binDir, pulumi, version }`
 */
export async function ensureEngine(env = process.env) {
  const allowed = (env.PULUMI_QWILT_ENGINE_FROM ?? Object.keys(sources).join(",")).split(",");
  const tried = [];
  for (const name of ["path", "cache"]) {
    if (!allowed.includes(name)) continue;
    const found = sources[name](env);
    if (found.engine) return found.engine;
    tried.push(found.why);
  }
  return withLock(`${versionFolder(env)}.lock`, "Another process prepares the Pulumi engine", async () => {
    // The process that held the lock may have filled the cache.
    const waited = allowed.includes("cache") ? fromCache(env) : {};
    if (waited.engine) return waited.engine;
    for (const name of ["installer", "modules"]) {
      if (!allowed.includes(name)) continue;
      const result = await sources[name](env);
      const made = result.ok ? fromCache(env) : {};
      if (made.engine) return made.engine;
      tried.push(result.ok ? made.why : result.why);
    }
    throw new SetUpError(
      [
        "There is no Pulumi engine on this machine, and none could be made.",
        ...tried.map((why) => `  tried: ${why}`),
        `  do: install Pulumi ${oldestOnPath.join(".")} or later so that \`pulumi\` is on PATH, or install Go 1.21 or later, ` +
          "then run this again.",
      ].join("\n"),
    );
  });
}

const versionFolder = (env) => join(cacheFolder(env), "engine", engineVersion);
const cacheBin = (env) => join(versionFolder(env), "bin");

function fromPath(env) {
  const pulumi = findOnPath("pulumi", env);
  if (pulumi === undefined) return { why: "PATH: there is no `pulumi` on it" };
  const version = versionOf(pulumi, env);
  if (version === undefined) return { why: `PATH: ${pulumi} does not run` };
  if (!isNewEnough(version)) return { why: `PATH: ${pulumi} is ${version}, older than ${oldestOnPath.join(".")}` };
  const binDir = dirname(pulumi);
  const missing = files.find((file) => !isExecutable(join(binDir, file)) && findOnPath(file, env) === undefined);
  if (missing !== undefined) return { why: `PATH: ${pulumi} has no ${missing} beside it` };
  return { engine: { binDir, pulumi, version } };
}

function fromCache(env) {
  const binDir = cacheBin(env);
  if (!isComplete(binDir, files)) return { why: `cache: ${binDir} holds none` };
  const pulumi = join(binDir, "pulumi");
  const version = versionOf(pulumi, env);
  if (version === undefined) return { why: `cache: ${pulumi} does not run` };
  return { engine: { binDir, pulumi, version } };
}

async function fromInstaller(env) {
  const installed = mkdtempSync(join(tmpdir(), "pulumi-qwilt-installer-"));
  try {
    const result = await runInstaller(installed, env);
    if (!result.ok) return { ok: false, why: `Pulumi's installer: ${result.why}` };
    const from = join(installed, "bin");
    const missing = files.find((file) => !isExecutable(join(from, file)));
    if (missing !== undefined) return { ok: false, why: `Pulumi's installer: it brought no ${missing}` };
    return await fillFolder(cacheBin(env), async (bin) => {
      for (const file of readdirSync(from)) copyFileSync(join(from, file), join(bin, file));
      return { ok: true };
    });
  } finally {
    rmSync(installed, { recursive: true, force: true });
  }
}

/**
 * The recipe of docs/pulumi-engine.md 6.1: the CLI, the language host of an older release, the shim of the npm package.
 */
async function fromModules(env) {
  const why = whyGoCannotBuild(env);
  if (why !== undefined) return { ok: false, why: `Go modules: ${why}` };
  const shim = join(root, "node_modules/@pulumi/pulumi", files[2]);
  if (!existsSync(shim)) return { ok: false, why: "Go modules: the npm package @pulumi/pulumi is not installed" };
  const stamp = (version) => `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`;
  const steps = [
    {
      module: join(root, "tools/engine/language-nodejs"),
      command: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      flags: ["-ldflags", stamp("v3.68.0")],
      file: files[1],
    },
    {
      module: join(root, "tools/engine/cli"),
      command: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      flags: ["-tags", "osusergo,grpcnotrace", "-ldflags", stamp(`v${engineVersion}`)],
      file: files[0],
    },
  ];
  const built = await saying(
    `Building the Pulumi engine ${engineVersion} from its Go modules, about 4 minutes on two cores, once ...`,
    () =>
      fillFolder(cacheBin(env), async (bin) => {
        for (const { file, ...step } of steps) {
          const log = join(cacheFolder(env), "logs", `${file}.log`);
          const result = await goBuild({ ...step, out: join(bin, file), log }, env);
          if (!result.ok) return result;
        }
        copyFileSync(shim, join(bin, files[2]));
        for (const file of files) chmodSync(join(bin, file), 0o755);
        return { ok: true };
      }),
  );
  return built.ok ? built : { ok: false, why: `Go modules: ${built.why}` };
}

function versionOf(pulumi, env) {
  const { status, stdout } = spawnSync(pulumi, ["version"], {
    encoding: "utf8",
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: 20_000,
  });
  return status === 0 ? /^v?(\d+\.\d+\.\d+\S*)/.exec(stdout.trim())?.[1] : undefined;
}

function isNewEnough(version) {
  const parts = version.split(/[.+-]/).slice(0, 3).map(Number);
  if (parts[0] !== oldestOnPath[0]) return false;
  for (const [index, least] of oldestOnPath.entries()) if (parts[index] !== least) return (parts[index] ?? 0) > least;
  return true;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    process.stdout.write(`${JSON.stringify(await ensureEngine())}\n`);
  });
}
