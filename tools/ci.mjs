// What .ci/run runs: set-up, checks, `npm test`, the campaigns; the last line has the totals.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { runChecks } from "./check.mjs";
import { campaignMinutes } from "./ci-time.mjs";
import { root } from "./paths.mjs";
import { killGroup, main, say } from "./run.mjs";
import { ensureReady } from "./set-up.mjs";
import { lastLine, parseLastLine } from "./test-report.mjs";

/** The whole run ends below 90 minutes: what still runs at this limit is stopped and counts as failed. */
const wholeMs = 85 * 60_000;
const startedAt = Date.now();
const deadline = startedAt + wholeMs;
/** Time for a stopped run to report its results, and for a finished one to close its output. */
const graceMs = 20_000;

main(async () => {
  try {
    return await everything();
  } catch (error) {
    say(error.message);
    process.stdout.write(`\n${lastLine({ passed: 0, failed: 1 })}\n`);
    return 1;
  }
});

async function everything() {
  const { node } = await ensureReady();
  const total = { passed: 0, failed: runChecks(node) };
  let testMs = 0;
  for (const args of [[], ["--campaign", ...process.argv.slice(2)]]) {
    const begunAt = Date.now();
    const minutes = campaignMinutes({ elapsedMs: begunAt - startedAt, testMs });
    say(
      args.length === 0
        ? "\n== npm run test"
        : `\n== npm run test:campaign -- ${args.slice(1).join(" ")}   (${minutes} minutes per crash scenario)`,
    );
    const { code, counts } = await runTool(node, args, minutes);
    testMs = Date.now() - begunAt;
    total.passed += counts?.passed ?? 0;
    total.failed += counts?.failed ?? 0;
    // A run without counts in its last line has crashed.
    if (code !== 0 && counts === undefined) total.failed += 1;
  }
  process.stdout.write(`\n${lastLine(total)}\n`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

/** Runs tools/test.mjs and reads the counts of its last line. */
function runTool(node, args, minutes) {
  const child = spawn(node, [join(root, "tools/test.mjs"), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    // A slow machine covers fewer crash points instead of exceeding the limit of the whole run.
    env: { QWILT_CAMPAIGN_MINUTES: String(minutes), ...process.env },
    detached: true,
  });
  const timer = setTimeout(
    () => {
      say(`The run took longer than ${wholeMs / 60_000} minutes and was stopped.`);
      child.kill("SIGTERM");
      setTimeout(() => killGroup(child), graceMs).unref();
    },
    Math.max(0, deadline - Date.now()),
  );
  let tail = "";
  child.stdout.on("data", (chunk) => {
    process.stdout.write(chunk);
    tail = (tail + chunk).slice(-4_000);
  });
  const forward = () => killGroup(child);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, forward);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    // A process that a test left behind may keep the output open.
    child.on("exit", () => setTimeout(() => child.stdout.destroy(), graceMs).unref());
    child.on("close", (code) => {
      clearTimeout(timer);
      for (const signal of ["SIGINT", "SIGTERM"]) process.removeListener(signal, forward);
      resolve({ code, counts: parseLastLine(tail) });
    });
  });
}
