// Provides everything that the commands need: npm packages, Node 22, the build, a Pulumi engine. Prints nothing if all
// is ready.
import { spawnSync } from "node:child_process";
import { delimiter, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt } from "./build.mjs";
import { ensureEngine } from "./engine.mjs";
import { ensureNode } from "./node.mjs";
import { ensurePackages } from "./packages.mjs";
import { findOnPath } from "./paths.mjs";
import { main } from "./run.mjs";

/**
 * Makes the checkout ready.
 *
 * @param options `engine: false` skips the engine, `build: false` the build
 * @returns `{ node, engine, env }`: Node 22, the engine (undefined if skipped), the environment to run commands in
 */
export async function ensureReady({ build = true, engine: wantsEngine = true } = {}) {
  await ensurePackages();
  const node = await ensureNode();
  if (build) await ensureBuilt();
  const engine = wantsEngine ? await ensureEngine() : undefined;
  return { node, engine, env: environment(process.env, node, engine) };
}

/**
 * The environment of a command that runs Pulumi: this engine and Node 22 first on PATH. Variables of the caller are
 * kept, above all PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE and PULUMI_HOME.
 */
export function environment(callers, node, engine) {
  const first = [];
  if (engine !== undefined && findOnPath("pulumi", callers) !== engine.pulumi) first.push(engine.binDir);
  if (!isOnPath(node, callers)) first.push(dirname(node));
  return {
    // No update check and no download of plugins: a program needs nothing beyond what is installed here.
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ...callers,
    PATH: [...first, ...(callers.PATH ?? "").split(delimiter)].filter((folder) => folder !== "").join(delimiter),
  };
}

/** True if `node` on PATH is that Node, or a link to one of the same version. */
function isOnPath(node, env) {
  const found = findOnPath("node", env);
  if (found === undefined) return false;
  if (resolve(found) === resolve(node)) return true;
  const version = (file) => spawnSync(file, ["--version"], { encoding: "utf8" }).stdout;
  return version(found) === version(node);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    const { env } = await ensureReady();
    if (!process.argv.includes("--print-env")) return;
    const own = Object.entries(env).filter(([name, value]) => process.env[name] !== value);
    process.stdout.write(`${JSON.stringify(Object.fromEntries(own))}\n`);
  });
}
