/** What `npm test` prints and how it ends. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "../..");

/** Time for a run of jest on a shared machine. */
jest.setTimeout(120_000);

function npmTest(...args: string[]): { status: number | null; lines: string[] } {
  const { status, stdout } = spawnSync(process.execPath, [join(root, "tools/test.mjs"), ...args], { encoding: "utf8" });
  return { status, lines: stdout.trimEnd().split("\n") };
}

/** The tools are ES modules, which jest does not load. */
function evaluate(expression: string): unknown {
  const program = `import { campaignMinutes } from "./tools/ci-time.mjs"; import { report } from "./tools/test-report.mjs";
    import { parseArguments } from "./tools/test.mjs";
    console.log(JSON.stringify(${expression}));`;
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd: root }).toString());
}

test("a green run has a line for each file, ends with the counts and exits with 0", () => {
  const { status, lines } = npmTest("tests/unit/plan.test.ts");
  expect(lines.filter((line) => line.startsWith("ok "))).toEqual([
    expect.stringMatching(/^ok {3}tests\/unit\/plan\.test\.ts {2}\d+ passed, \d+\.\d s$/),
  ]);
  expect(lines.at(-1)).toMatch(/^[1-9]\d* passed, 0 failed$/);
  expect(status).toBe(0);
});

test("a run in which no test ran exits with 1", () => {
  const { status, lines } = npmTest("tests/unit/there-is-no-such-file");
  expect(lines.at(-1)).toBe("0 passed, 0 failed");
  expect(status).toBe(1);
});

test("a run that jest refuses counts as failed", () => {
  const { status, lines } = npmTest("--there-is-no-such-option", "tests/unit/plan.test.ts");
  expect(lines.at(-1)).toMatch(/^\d+ passed, 1 failed$/);
  expect(status).toBe(1);
});

test("a stopped run prints its counts, and that it was stopped; no further group starts", async () => {
  const child = spawn(process.execPath, [join(root, "tools/test.mjs"), "unit/coverage-names", "engine/budgets"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let stdout = "";
  let told = false;
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
    // Waits for the first finished file, or the list of what runs.
    if (!told && stdout.includes("unit")) {
      told = true;
      child.kill("SIGTERM");
    }
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code).toBe(1);
  expect(stdout).toContain("jest ended with SIGTERM");
  expect(stdout).toMatch(/\n\d+ passed, 1 failed\n$/);
  expect(stdout).not.toContain("engine/budgets");
});

test("failures are printed in full, then the slowest five, then the counts of all files", () => {
  const row = (file: string, seconds: number) => ({ file, passed: 2, failed: 0, skipped: 0, seconds, failure: "" });
  const rows = [1, 2, 3, 4, 5, 6].map((seconds) => row(`${seconds}.test.ts`, seconds));
  const broken = { ...row("broken.test.ts", 0.5), failed: 1, failure: "what failed\nand where\n" };
  const lines = String(evaluate(`report(${JSON.stringify([broken, ...rows])})`)).split("\n");
  expect(lines).toEqual([
    "",
    "== broken.test.ts",
    "what failed",
    "and where",
    "",
    "Slowest:",
    ...[6, 5, 4, 3, 2].map((seconds) => `     ${seconds}.0 s  ${seconds}.test.ts`),
    "",
    "14 passed, 1 failed",
  ]);
});

test.each([
  [
    "a run that does not end by itself is ended and fails",
    "setInterval(() => {}, 1000);",
    1,
    /left a process, a server or a timer/,
  ],
  ["a run that ends is left alone", "", 0, /^$/],
])("%s", (_title, left, code, row) => {
  const folder = mkdtempSync(join(tmpdir(), "qwilt-reporter-"));
  const resultsFile = join(folder, "results.jsonl");
  writeFileSync(resultsFile, "");
  const program = `const Reporter = require("./tools/jest-reporter.cjs");
    new Reporter({ rootDir: "." }, { resultsFile: ${JSON.stringify(resultsFile)} }).onRunComplete([], {}); ${left}`;
  const env = { ...process.env, QWILT_JEST_EXIT_MS: "300" };
  const { status } = spawnSync(process.execPath, ["-e", program], { cwd: root, env, timeout: 60_000 });
  const told = readFileSync(resultsFile, "utf8");
  rmSync(folder, { recursive: true });
  expect(status).toBe(code);
  expect(told).toMatch(row);
});

test.each([
  [[], { campaign: false, rest: [] }],
  [["tests/unit", "-t", "x"], { campaign: false, rest: ["tests/unit", "-t", "x"] }],
  [["--campaign", "--size", "9", "--seed=s", "kill"], { campaign: true, size: "9", seed: "s", rest: ["kill"] }],
])("the arguments %j are read as %j", (args, parsed) => {
  expect(evaluate(`parseArguments(${JSON.stringify(args)})`)).toEqual(parsed);
});

test.each([
  ["this machine", { elapsedMs: 11, testMs: 8.5 }, 0.5],
  ["half as fast", { elapsedMs: 22, testMs: 19 }, 0.5],
  ["the engine built first", { elapsedMs: 20, testMs: 10 }, 0.5],
  ["a machine that is much too slow", { elapsedMs: 60, testMs: 40 }, 0.5],
  ["a quick one", { elapsedMs: 3, testMs: 2 }, 3.9],
])("minutes per crash scenario, %s", (_title, { elapsedMs, testMs }, minutes) => {
  const times = { elapsedMs: elapsedMs * 60_000, testMs: testMs * 60_000 };
  expect(evaluate(`campaignMinutes(${JSON.stringify(times)})`)).toBe(minutes);
});
