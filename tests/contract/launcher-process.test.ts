import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const root = join(__dirname, "../..");
let home: string;
const started: ChildProcess[] = [];

/** Replaces dist/cli.js: reports about itself, then does what its first argument says. */
const cli = `
exports.main = async (argv) => {
  require("node:sqlite");
  const tell = () => console.log(JSON.stringify({ pid: process.pid, argv, node: process.versions.node }));
  if (argv[0] === "throw") throw new Error("the port is taken");
  if (argv[0] === "end") { process.exitCode = 5; return; }
  for (const [signal, code] of [["SIGTERM", 7], ["SIGINT", 8], ["SIGHUP", 9]]) process.on(signal, () => process.exit(code));
  require("node:http").createServer().listen(0, "127.0.0.1", tell);
};
`;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "launcher-"));
  cpSync(join(root, "emulator/bin"), join(home, "emulator/bin"), { recursive: true });
  put("emulator/dist/cli.js", cli);
  // The launcher detects an older Node by process.versions only.
  put(
    "old-node.js",
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.8" } });',
  );
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(home, { recursive: true });
});

test("on Node 22 the emulator runs in the same process, without the warning about node:sqlite", async () => {
  const launcher = launch({ old: false }, "--port", "0");
  const told = await launcher.told;
  expect(told).toEqual({ pid: launcher.child.pid, argv: ["--port", "0"], node: process.versions.node });
  launcher.child.kill("SIGTERM");
  expect(await launcher.ended).toEqual({ code: 7, stderr: "" });
});

test("on an older Node the emulator runs on the npm package node, without the warning about node:sqlite", async () => {
  linkModules();
  const launcher = launch({ old: true }, "--port", "0", "--strict");
  const told = await launcher.told;
  expect(told.pid).not.toBe(launcher.child.pid);
  expect(told.argv).toEqual(["--port", "0", "--strict"]);
  expect(told.node).toMatch(/^22\./);
  launcher.child.kill("SIGTERM");
  expect(await launcher.ended).toEqual({ code: 7, stderr: "" });
});

test.each([
  ["SIGTERM", 7],
  ["SIGINT", 8],
  ["SIGHUP", 9],
] as const)("%s reaches the emulator, whose exit code is returned", async (signal, code) => {
  linkModules();
  const launcher = launch({ old: true });
  await launcher.told;
  launcher.child.kill(signal);
  expect((await launcher.ended).code).toBe(code);
});

test("the emulator ends with a launcher that is killed with -9", async () => {
  linkModules();
  const launcher = launch({ old: true });
  const { pid } = await launcher.told;
  expect(isAlive(pid)).toBe(true);
  launcher.child.kill("SIGKILL");
  await until(() => !isAlive(pid));
});

test("an emulator that is killed ends the launcher with 128 and the signal", async () => {
  linkModules();
  const launcher = launch({ old: true });
  process.kill((await launcher.told).pid, "SIGKILL");
  expect((await launcher.ended).code).toBe(137);
});

test("the channel to the launcher does not keep a finished emulator alive", async () => {
  linkModules();
  expect((await launch({ old: true }, "end").ended).code).toBe(5);
});

test.each([true, false])("a start that fails reports why and exits with 1 (older Node: %s)", async (old) => {
  linkModules();
  const { code, stderr } = await launch({ old }, "throw").ended;
  expect(code).toBe(1);
  expect(stderr).toContain("the port is taken");
});

test("without any Node 22 the launcher says what to do", async () => {
  const { code, stderr } = await launch({ old: true }).ended;
  expect(code).toBe(1);
  expect(stderr).toContain("needs Node 22.13 or newer; this is Node 18.20.8");
  expect(stderr).toContain("npm rebuild node");
});

test("a checkout without dist is built first, and standard output stays the emulator's", async () => {
  rmSync(join(home, "emulator/dist"), { recursive: true });
  put(
    "tools/build.mjs",
    `import { mkdirSync, writeFileSync } from "node:fs";
     console.log("compiling");
     mkdirSync(new URL("../emulator/dist", import.meta.url));
     writeFileSync(new URL("../emulator/dist/cli.js", import.meta.url), ${JSON.stringify(cli)});`,
  );
  const launcher = launch({ old: false });
  expect((await launcher.told).pid).toBe(launcher.child.pid);
  launcher.child.kill("SIGTERM");
  expect((await launcher.ended).stderr).toMatch(/dist is missing, building it[\s\S]*compiling/);
});

test("an installation without dist is reported as incomplete", async () => {
  rmSync(join(home, "emulator/dist"), { recursive: true });
  const { code, stderr } = await launch({ old: false }).ended;
  expect(code).toBe(1);
  expect(stderr).toContain("this installation is not complete");
});

interface Told {
  readonly pid: number;
  readonly argv: string[];
  readonly node: string;
}

function launch(options: { old: boolean }, ...args: string[]) {
  const preload = options.old ? ["--require", join(home, "old-node.js")] : [];
  const child = spawn(process.execPath, [...preload, join(home, "emulator/bin/qwilt-emulator.js"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH },
  });
  started.push(child);
  let stderr = "";
  child.stderr.on("data", (piece: Buffer) => {
    stderr += piece.toString();
  });
  return {
    child,
    told: new Promise<Told>((resolve) =>
      createInterface(child.stdout).once("line", (line) => resolve(JSON.parse(line))),
    ),
    ended: new Promise<{ code: number | null; stderr: string }>((resolve) =>
      child.once("close", (code) => resolve({ code, stderr })),
    ),
  };
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
}

function linkModules(): void {
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("the condition was not met in 5 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
