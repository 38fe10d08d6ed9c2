/** How set-up finds an engine, and what it prints if there is none. Nothing is built or downloaded here. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "../..");
/** A process that has certainly ended: pids do not grow this high. */
const deadPid = 2 ** 30;

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "qwilt-tools-"));
  mkdirSync(join(home, "bin"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const cacheBin = () => join(home, ".cache/pulumi-qwilt/engine/3.259.0/bin");
const lock = () => join(home, ".cache/pulumi-qwilt/engine/3.259.0.lock");

function putEngine(folder: string, version: string, files = ["language-nodejs", "resource-pulumi-nodejs"]): void {
  mkdirSync(folder, { recursive: true });
  for (const name of ["pulumi", ...files.map((file) => `pulumi-${file}`)]) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho v${version}\n`);
    chmodSync(join(folder, name), 0o755);
  }
}

function putLock(pid: number): void {
  mkdirSync(lock(), { recursive: true });
  writeFileSync(join(lock(), "pid"), String(pid));
}

interface Tool {
  readonly child: ChildProcess;
  readonly stderr: () => string;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** An empty machine: an empty home, and on PATH only what a test adds. The installer is disabled. */
function startTool(tool = "engine"): Tool {
  const child = spawn(process.execPath, [join(root, `tools/${tool}.mjs`)], {
    env: { HOME: home, PATH: join(home, "bin"), PULUMI_QWILT_ENGINE_FROM: "path,cache,modules" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, stderr: () => stderr, ended };
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error("it has not happened within 20 s");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("without an engine and any way to build one, every attempt is named, and what to do", async () => {
  const { code, stdout, stderr } = await startTool().ended;
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr.trimEnd().split("\n")).toEqual([
    "There is no Pulumi engine on this machine, and none could be made.",
    "  tried: PATH: there is no `pulumi` on it",
    `  tried: cache: ${cacheBin()} holds none`,
    "  tried: Go modules: there is no `go` on PATH",
    expect.stringMatching(
      /^ {2}do: install Pulumi 3\.254\.0 or later .*, or install Go 1\.21 or later, then run this again\.$/,
    ),
  ]);
});

test("without Go, Pebble says that it cannot be built, and what to do", async () => {
  const { code, stderr } = await startTool("pebble").ended;
  expect(code).toBe(1);
  expect(stderr).toContain("it cannot be built: there is no `go` on PATH.\n  do: install Go 1.21 or later");
});

test("an engine on PATH that is new enough is used", async () => {
  putEngine(join(home, "bin"), "3.300.1");
  putEngine(cacheBin(), "3.259.0");
  const { code, stdout } = await startTool().ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    binDir: join(home, "bin"),
    pulumi: join(home, "bin/pulumi"),
    version: "3.300.1",
  });
});

test.each([
  ["older than what import needs", "3.253.9"],
  ["of another major version", "4.0.0"],
])("an engine on PATH that is %s is ignored, and the cache's is used", async (_title, version) => {
  putEngine(join(home, "bin"), version);
  putEngine(cacheBin(), "3.259.0");
  const { stdout } = await startTool().ended;
  expect(JSON.parse(stdout)).toMatchObject({ binDir: cacheBin(), version: "3.259.0" });
});

test.each([
  ["too old", "3.100.0", undefined, /pulumi is 3\.100\.0, older than 3\.254\.0/],
  ["without a language host", "3.300.0", [], /pulumi has no pulumi-language-nodejs beside it/],
])("an engine on PATH that is %s is refused by name", async (_title, version, files, why) => {
  putEngine(join(home, "bin"), version, files);
  const { code, stderr } = await startTool().ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(why);
});

test("a cached engine that does not run is not used", async () => {
  putEngine(cacheBin(), "3.259.0");
  writeFileSync(join(cacheBin(), "pulumi"), "#!/bin/sh\nexit 1\n");
  const { code, stderr } = await startTool().ended;
  expect(code).toBe(1);
  expect(stderr).toContain(`cache: ${cacheBin()}/pulumi does not run`);
});

test("the lock of a process that has ended does not block others", async () => {
  putLock(deadPid);
  const { stderr } = await startTool().ended;
  expect(stderr).toContain("none could be made");
  expect(stderr).not.toContain("waiting");
});

test("while another process prepares the engine, the second says so, waits, and uses the result", async () => {
  putLock(process.pid);
  const tool = startTool();
  await until(() => tool.stderr().includes("waiting for it"));
  expect(tool.stderr()).toBe(`Another process prepares the Pulumi engine (process ${process.pid}); waiting for it.\n`);
  putEngine(cacheBin(), "3.259.0");
  rmSync(lock(), { recursive: true });
  const { code, stdout } = await tool.ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ binDir: cacheBin() });
});
