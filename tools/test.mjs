// `npm test`: set-up, then every tier but the campaigns. `npm run test:campaign`: the campaigns. Other arguments go to jest.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, workFolder } from "./paths.mjs";
import { main, say } from "./run.mjs";
import { ensureReady } from "./set-up.mjs";
import { report, summarize } from "./test-report.mjs";

/** An engine test starts the CLI, a language host and a provider process: two at a time are enough for any machine. */
const engineWorkers = 2;

/** Everything that needs no engine. */
export const quickGroup = {
  tiers: ["unit", "contract", "plugin", "docs"],
  workers: Math.max(2, availableParallelism()),
};
const engineGroup = { tiers: ["engine"], workers: engineWorkers };

/**
 * Runs tiers one group after another and prints one report.
 *
 * @param groups `{ tiers, workers }`
 * @param options `node`, `env`, `jestArguments`
 * @returns `{ passed, failed, ok }`; a run without any test is not ok
 */
export async function runTests(groups, { node, env, jestArguments = [] }) {
  mkdirSync(workFolder, { recursive: true });
  const folder = mkdtempSync(join(workFolder, "tests-"));
  const resultsFile = join(folder, "results.jsonl");
  writeFileSync(resultsFile, "");
  try {
    const codes = [];
    for (const group of groups) {
      codes.push(await jest(group, { node, env, jestArguments, resultsFile }));
      if (wasEnded(codes.at(-1))) break;
    }
    const rows = readFileSync(resultsFile, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const { passed, failed } = summarize(rows);
    const broken = codes.find((code) => code !== 0 && (failed === 0 || wasEnded(code)));
    // jest can fail without a failed test: a wrong argument, a crash. That is a failure too, and the last line shows
    // it.
    if (broken !== undefined)
      rows.push(crash(`jest ended with ${broken}${failed === 0 ? " although no test failed" : ""}`));
    if (passed + failed === 0 && broken === undefined) say("No test ran.");
    process.stdout.write(`${report(rows)}\n`);
    const total = summarize(rows);
    return { ...total, ok: total.failed === 0 && total.passed > 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** True for the code of a run that was ended by a signal, from a person or a time limit. */
const wasEnded = (code) => typeof code === "string" && code.startsWith("SIG");

const crash = (failure) => ({ file: "jest", tier: "", passed: 0, failed: 1, skipped: 0, seconds: 0, failure });

function jest({ tiers, workers }, { node, env, jestArguments, resultsFile }) {
  const config = join(workFolder, `jest-${process.pid}.config.cjs`);
  // Reporter options have no command-line form.
  const reporters = [[join(root, "tools/jest-reporter.cjs"), { resultsFile }]];
  writeFileSync(
    config,
    `module.exports = { ...require("../jest.config.js"), rootDir: ${JSON.stringify(root)}, reporters: ${JSON.stringify(reporters)} };\n`,
  );
  const args = ["--config", config, "--selectProjects", ...tiers, "--maxWorkers", String(workers), "--passWithNoTests"];
  // node:sqlite works but is marked experimental: noise in every line of a run. Workers inherit the option.
  const command = ["--disable-warning=ExperimentalWarning", join(root, "node_modules/jest/bin/jest.js")];
  let child;
  const forward = (signal) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, forward);
  child = spawn(node, [...command, ...args, ...jestArguments], {
    cwd: root,
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => resolve(signal ?? code));
  }).finally(() => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.removeListener(signal, forward);
    rmSync(config, { force: true });
  });
}

/** Splits off our own arguments: `--campaign`, `--size N`, `--seed S` (also with `=`). */
export function parseArguments(args) {
  const own = { campaign: false };
  const rest = [];
  const left = args[Symbol.iterator]();
  for (const argument of left) {
    const [, name, inline] = /^--(campaign|size|seed)(?:=(.*))?$/.exec(argument) ?? [];
    if (name === "campaign") own.campaign = true;
    else if (name !== undefined) own[name] = inline ?? left.next().value;
    else rest.push(argument);
  }
  return { ...own, rest };
}

async function run(args) {
  const { campaign, size, seed, rest } = parseArguments(args);
  const { node, env } = await ensureReady();
  const sized = {
    ...env,
    ...(size === undefined ? {} : { QWILT_CAMPAIGN_SIZE: size }),
    ...(seed === undefined ? {} : { QWILT_CAMPAIGN_SEED: seed }),
  };
  const groups = campaign ? [{ tiers: ["campaign", "native"], workers: engineWorkers }] : [quickGroup, engineGroup];
  const { ok } = await runTests(groups, { node, env: sized, jestArguments: rest });
  return ok ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(() => run(process.argv.slice(2)));
