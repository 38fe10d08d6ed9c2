/** `npm run pulumi -- ARGS`, with a stand-in for the engine that reports how it was called. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";

const root = join(__dirname, "../..");

/** Handles `version`; reports its folder, arguments and environment; echoes stdin; or waits for a signal. */
const standIn = `#!${process.execPath}
const [command, code] = process.argv.slice(2);
if (command === "version") console.log("v3.300.0");
else if (command === "tell") {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("PULUMI_")));
  const { execFileSync } = require("node:child_process");
  const node = execFileSync("node", ["-p", "process.versions.node"]).toString().trim();
  console.log(JSON.stringify({ cwd: process.cwd(), args: process.argv.slice(2), env, node }));
  process.exit(Number(code ?? 0));
} else if (command === "echo") process.stdin.pipe(process.stdout);
else if (command === "wait") {
  let count = 0;
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      count += 1;
      // A second signal, if there is one, comes within the time that npm and the wrapper take to hand it on.
      if (count === 1) setTimeout(() => { console.log(signal + " " + count); process.exit(5); }, 1500);
    });
  }
  console.log("ready");
  setInterval(() => {}, 1000);
}
`;

/** If sources change meanwhile, a command builds first. */
jest.setTimeout(60_000);

let home: string;
let elsewhere: string;

beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "qwilt-tools-")));
  elsewhere = join(home, "elsewhere");
  mkdirSync(join(home, "bin"));
  mkdirSync(elsewhere);
  for (const name of ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]) {
    writeFileSync(join(home, "bin", name), standIn);
    chmodSync(join(home, "bin", name), 0o755);
  }
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const started: ChildProcessByStdio<Writable, Readable, null>[] = [];
// A process left behind by a failed test would keep the standard error of this run open.
afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      process.kill(-(pid ?? 0), "SIGKILL");
    } catch {
      // It ended, as expected.
    }
  }
});

const direct = [process.execPath, join(root, "tools/pulumi.mjs")];
const byNpm = ["npm", "--silent", "--prefix", root, "run", "pulumi", "--"];

function start(
  how: readonly string[],
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): ChildProcessByStdio<Writable, Readable, null> {
  // Of the test run's environment only what a shell has: no npm_*, no PULUMI_*.
  const { HOME } = process.env;
  const env = { HOME, PATH: [join(home, "bin"), process.env.PATH].join(delimiter), ...options.env };
  const [command = "", ...before] = how;
  const child = spawn(command, [...before, ...args], {
    cwd: options.cwd ?? elsewhere,
    env,
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  started.push(child);
  return child;
}

async function finish(
  child: ChildProcessByStdio<Writable, Readable, null>,
): Promise<{ code: number | null; stdout: string }> {
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, stdout };
}

test.each([
  ["started directly", direct],
  ["started by npm", byNpm],
])("%s, a command runs in the caller's folder with its arguments, and its exit code is passed on", async (_t, how) => {
  const { code, stdout } = await finish(start(how, ["tell", "7", "--yes", "a b"]));
  expect(code).toBe(7);
  expect(JSON.parse(stdout)).toMatchObject({ cwd: elsewhere, args: ["tell", "7", "--yes", "a b"] });
});

test("--cwd is passed to Pulumi, relative to the caller's folder", async () => {
  const { stdout } = await finish(start(byNpm, ["tell", "0", "--cwd", "x"]));
  expect(JSON.parse(stdout)).toMatchObject({ cwd: elsewhere, args: ["tell", "0", "--cwd", "x"] });
});

test("another npm script's INIT_CWD does not change the folder of a command", async () => {
  const env = { INIT_CWD: root, npm_lifecycle_event: "test" };
  const { stdout } = await finish(start(direct, ["tell"], { env }));
  expect(JSON.parse(stdout)).toMatchObject({ cwd: elsewhere });
});

test("variables of the caller are kept, and only missing ones are set", async () => {
  const env = {
    PULUMI_BACKEND_URL: "file:///tmp/somewhere",
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_HOME: join(home, "pulumi"),
    PULUMI_SKIP_UPDATE_CHECK: "false",
  };
  const { stdout } = await finish(start(direct, ["tell"], { env }));
  expect(JSON.parse(stdout).env).toEqual({ ...env, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" });
});

test("programs run on Node 22.13 or later", async () => {
  const { stdout } = await finish(start(direct, ["tell"]));
  const [major = 0, minor = 0] = String(JSON.parse(stdout).node).split(".").map(Number);
  expect(major * 100 + minor).toBeGreaterThanOrEqual(2213);
});

test("standard input reaches the command", async () => {
  const child = start(byNpm, ["echo"]);
  child.stdin.end("a secret\n");
  expect((await finish(child)).stdout).toBe("a secret\n");
});

test.each([
  ["SIGINT", "the wrapper", direct, (pid: number) => pid],
  ["SIGTERM", "the wrapper", direct, (pid: number) => pid],
  ["SIGINT", "npm", byNpm, (pid: number) => pid],
  ["SIGINT", "the process group of npm", byNpm, (pid: number) => -pid],
  ["SIGTERM", "the process group of npm", byNpm, (pid: number) => -pid],
] as const)("%s to %s reaches Pulumi exactly once", async (signal, _to, how, target) => {
  const child = start(how, ["wait"]);
  const finished = finish(child);
  child.stdout.once("data", () => process.kill(target(child.pid ?? 0), signal));
  expect(await finished).toEqual({ code: 5, stdout: `ready\n${signal} 1\n` });
});

test("a signal that comes while the wrapper still starts Pulumi is not lost", async () => {
  // Simulates a busy machine: the wrapper stops as soon as it has started a process.
  const busy = join(home, "busy.cjs");
  writeFileSync(
    busy,
    `const child = require("node:child_process");
const { spawn } = child;
if (process.argv[1]?.endsWith("pulumi.mjs")) child.spawn = (...args) => {
  const started = spawn(...args);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
  return started;
};
require("node:module").syncBuiltinESMExports();
`,
  );
  const child = start(direct, ["wait"], { env: { NODE_OPTIONS: `--require=${busy}` } });
  const finished = finish(child);
  child.stdout.once("data", () => process.kill(child.pid ?? 0, "SIGINT"));
  expect(await finished).toEqual({ code: 5, stdout: "ready\nSIGINT 1\n" });
});
