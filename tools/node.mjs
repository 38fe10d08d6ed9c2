// Node 22, which everything but set-up runs on: this process if it is new enough, otherwise the npm package `node`.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isExecutable, root, workFolder } from "./paths.mjs";
import { runLogged, SetUpError, saying, tailOf } from "./run.mjs";

/** node:sqlite works without a flag since 22.13. */
const wanted = [22, 13];
const packaged = join(root, "node_modules/node/bin/node");

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1]);
}

/** Path of a Node that is new enough. Needs the npm packages only if the machine's Node is too old. */
export async function ensureNode() {
  if (isNewEnough(process.versions.node) && existsSync(process.execPath)) return process.execPath;
  if (works(packaged)) return packaged;
  await fetchPackaged();
  if (works(packaged)) return packaged;
  throw new SetUpError(
    `Node ${wanted.join(".")} or later is needed; this is ${process.version}, and the npm package \`node\` did not bring one.\n` +
      `${tailOf(fetchLog)}\n  do: install Node 22, or let npm run install scripts (npm config get ignore-scripts), then run this again.`,
  );
}

const fetchLog = join(workFolder, "logs/node.log");

/** `npm ci` with ignore-scripts leaves the package without its binary, which its install script downloads. */
async function fetchPackaged() {
  const script = join(root, "node_modules/node/installArchSpecificPackage.js");
  if (!existsSync(script)) return;
  await saying("Fetching Node 22 from the npm package `node`, about a minute, once ...", () =>
    runLogged(process.execPath, [script], { cwd: dirname(script), env: process.env, log: fetchLog }),
  );
}

function works(node) {
  if (!isExecutable(node)) return false;
  const { status, stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
  return status === 0 && isNewEnough(stdout.trim());
}
