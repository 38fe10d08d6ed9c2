// Pulumi's own installer, `PulumiCommand.install` of the automation API, with time limits: if it cannot be reached,
// this returns within seconds.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { killGroup, say } from "./run.mjs";

/** The installer first fetches a small script. If that takes longer, the installer counts as unreachable. */
const scriptWithinMs = 15_000;
/** The script then fetches about 100 MB. */
const wholeWithinMs = 5 * 60_000;
const lookMs = 100;

// Runs in a separate process, so that it can be killed. Its version is that of the SDK in package-lock.json.
const program = `
  require("@pulumi/pulumi/automation").PulumiCommand.install({ root: process.argv[1] })
    .then(() => process.exit(0), (error) => { console.error(error.message); process.exit(1); });
`;

/** Installs Pulumi below `folder`. Failures are returned, never thrown. */
export async function runInstaller(folder, env) {
  if (!existsSync(join(root, "node_modules/@pulumi/pulumi/automation"))) {
    return { ok: false, why: "the npm package @pulumi/pulumi is not installed" };
  }
  const temporary = mkdtempSync(join(tmpdir(), "pulumi-qwilt-script-"));
  try {
    return await watch(folder, temporary, env);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function watch(folder, temporary, env) {
  mkdirSync(folder, { recursive: true });
  const child = spawn(process.execPath, ["-e", program, folder], {
    cwd: root,
    env: { ...env, TMPDIR: temporary },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let words = "";
  child.stderr.on("data", (chunk) => {
    words += chunk;
  });
  const started = Date.now();
  let limit = scriptWithinMs;
  let givenUp;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      // The script's file shows that the installer is reachable: from then on the limit of the whole applies.
      if (limit === scriptWithinMs && readdirSync(temporary).some((name) => name.startsWith("pulumi-"))) {
        say(`Fetching Pulumi with its own installer, about a minute, once ...`);
        limit = wholeWithinMs;
      }
      if (Date.now() - started < limit || givenUp !== undefined) return;
      givenUp = limit === scriptWithinMs ? "no answer" : "took too long";
      killGroup(child);
    }, lookMs);
    const ended = (ok, why) => {
      clearInterval(timer);
      resolve({ ok, why });
    };
    child.on("error", (error) => ended(false, error.message));
    child.on("close", (code) => ended(code === 0, givenUp ?? lastLineOf(words)));
  });
}

function lastLineOf(text) {
  const lines = text.trim().split("\n");
  return (
    (lines.find((line) => line.includes("Failed to") || line.includes("rror")) ?? lines.at(-1) ?? "").trim() || "failed"
  );
}
