// Keeps node_modules in line with package-lock.json.
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { withLock } from "./lock.mjs";
import { root, workFolder } from "./paths.mjs";
import { runLogged, SetUpError, saying, tailOf } from "./run.mjs";

/** Runs `npm ci` if node_modules is missing or differs from package-lock.json. */
export async function ensurePackages() {
  if (areInstalled()) return;
  await withLock(join(workFolder, "npm-ci.lock"), "Another process installs the npm packages", async () => {
    if (!areInstalled()) await installPackages();
  });
}

async function installPackages() {
  const log = join(workFolder, "logs/npm-ci.log");
  // node_modules/.bin is removed from PATH: npm must not run on a Node that it is about to delete.
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.endsWith("node_modules/.bin"));
  const env = { ...process.env, PATH: path.join(delimiter), PULUMI_QWILT_SET_UP: "1" };
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund"];
  const npm = process.env.npm_execpath;
  const node = process.env.npm_node_execpath;
  const [command, ...before] = npm?.endsWith(".js") && node && existsSync(node) ? [node, npm] : ["npm"];
  const result = await saying("Installing the npm packages, about a minute, once ...", () =>
    runLogged(command, [...before, ...args], { cwd: root, env, log }),
  );
  if (result.ok) return;
  throw new SetUpError(
    `\`npm ci\` failed: ${result.why}.\n${tailOf(log)}\n  do: run \`npm ci\` by hand; it needs an npm registry or a filled npm cache.`,
  );
}

function areInstalled() {
  try {
    const wanted = readPackages(join(root, "package-lock.json"));
    const present = readPackages(join(root, "node_modules/.package-lock.json"));
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === "") return true;
      const found = present[path];
      // Optional packages of other platforms are in the lock and not on the disk.
      if (found === undefined) return entry.optional === true || entry.devOptional === true;
      return found.version === entry.version && found.integrity === entry.integrity;
    });
  } catch {
    return false;
  }
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}
