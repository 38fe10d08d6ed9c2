// Everything that the commands need, brought once: npm packages, Node 22, the build, a Pulumi engine. Silent when ready.
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
 * @param options `engine: false` leaves the engine out, `build: false` the build
 * @returns `{ node, engine, env }`: Node 22, the engine (undefined when left out), the environment to run things in
 */
export async function ensureReady({ build = true, engine: wantsEngine = true } = {}) {
  await ensurePackages();
  const node = await ensureNode();
  if (build) await ensureBuilt();
  const engine = wantsEngine ? await ensureEngine() : undefined;
  return { node, engine, env: environment(process.env, node, engine) };
}

/**
 * The environment of a command that runs Pulumi: this engine and Node 22 first on PATH. What the caller has set stays, above
 * all PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE and PULUMI_HOME.
 */
export function environment(callers, node, engine) {
  const first = [];
  if (engine !== undefined && findOnPath("pulumi", callers) !== engine.pulumi) first.push(engine.binDir);
  if (!isOnPath(node, callers)) first.push(dirname(node));
  return {
    // No message about newer versions, no download of plugins: a program needs nothing but what is here.
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ...callers,
    PATH: [...first, ...(callers.PATH ?? "").split(delimiter)].filter((folder) => folder !== "").join(delimiter),
  };
}

/** True when `node` on PATH is that Node, or one of the same version behind a link. */
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
