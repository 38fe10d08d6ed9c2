import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { PROMPT_MS } from "../support/prompt.ts";
import { field, hostIndex, newLeaf, send, uploadOf } from "./emulator-harness.ts";

const launcher = join(__dirname, "../../emulator/bin/qwilt-emulator.js");
const started: EmulatorProcess[] = [];
let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "emulator-data-"));
});
afterEach(async () => {
  for (const emulator of started.splice(0)) await emulator.close();
  rmSync(data, { recursive: true, force: true });
});

async function start(...args: string[]): Promise<EmulatorProcess> {
  const emulator = await startEmulatorProcess(args);
  started.push(emulator);
  return emulator;
}

async function kill({ child }: EmulatorProcess, signal: NodeJS.Signals) {
  const ended = new Promise((resolve) => child.once("exit", (code, by) => resolve(by ?? code)));
  child.kill(signal);
  return ended;
}

function call({ api, apiKey }: EmulatorProcess, method: string, target: string, body?: unknown) {
  return send(api, { method, target, body, headers: { "x-api-key": apiKey } });
}

/** Runs the command until it ends. */
function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, [launcher, ...args], {
    encoding: "utf8",
    timeout: 10_000,
    env: { ...process.env, ...environment },
  });
}

test("the first line contains all addresses and credentials", async () => {
  const { child: _child, ...line } = await start("--organization", "acme");
  const port = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
  const url = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(line).toMatchObject({
    api: url,
    control: url,
    edge: port,
    edgeStaging: port,
    dns: port,
    proxy: url,
    ca: expect.any(String),
    apiKey: expect.stringMatching(/^eyJ/),
    username: expect.not.stringContaining("qwilt.com"),
    password: expect.any(String),
    organization: "acme",
  });
  expect(readFileSync(line.ca, "utf8")).toContain("BEGIN CERTIFICATE");
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s ends it within a second with code 0, open connections or not",
  async (signal) => {
    const emulator = await start();
    await fetch(`${emulator.control}/health`);
    const before = performance.now();
    expect(await kill(emulator, signal)).toBe(0);
    expect(performance.now() - before).toBeLessThan(PROMPT_MS);
    expect(existsSync(dirname(emulator.ca))).toBe(false);
  },
);

test("options can come from the environment, and the command line wins", async () => {
  expect(run(["--port", "1x"], { QWILT_EMULATOR_PORT: "0" }).status).toBe(2);
  expect(run([], { QWILT_EMULATOR_PUBLISH_MS: "soon" }).stderr).toContain("--publish-ms");
});

test.each([
  [["--nonsense"], "nonsense"],
  [["stray"], "stray"],
  [["--port"], "port"],
  [["--port", "70000"], "--port"],
  [["--publish-ms", "-1"], "--publish-ms"],
  [["--now", "yesterday"], "--now"],
  [["--organization", ""], "--organization"],
  [["--acme-directory", "pebble"], "--acme-directory"],
  [["--acme-ca", "/no/such/file"], "--acme-ca"],
])("the options %j are rejected with code 2", (args, named) => {
  const { status, stdout, stderr } = run(args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain(named);
});

test("--help lists every option and ends with 0", () => {
  const { status, stdout } = run(["--help"]);
  expect(status).toBe(0);
  for (const option of [
    "--port",
    "--control-port",
    "--edge-port",
    "--dns-port",
    "--proxy-port",
    "--data",
    "--strict",
  ]) {
    expect(stdout).toContain(option);
  }
});

test("a port that is in use ends it with code 1 and a message", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { status, stderr } = run(["--port", String(port)]);
  server.close();
  expect(status).toBe(1);
  expect(stderr).toContain("EADDRINUSE");
});

test.each(["/proc/no/folder", "/dev/null/folder"])(
  "a data folder %s that cannot be created ends it with code 1",
  (data) => {
    const { status, stdout, stderr } = run(["--data", data]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^qwilt-emulator: .*mkdir/);
  },
);

describe("--data", () => {
  test("a killed emulator continues where it was: objects, key, clock, ids, ledger, and work in progress", async () => {
    const args = ["--data", data, "--now", "2026-03-01T00:00:00Z", "--publish-ms", "60000"];
    const first = await start(...args);
    const certId = field(
      await call(first, "POST", "/api/v2/certificates", uploadOf(await newLeaf("www.example.com"))),
      "certId",
    );
    const siteId = field(await call(first, "POST", "/api/v2/sites", { siteName: "a" }), "siteId");
    const configuration = { hostIndex: hostIndex("www.example.com"), changeDescription: "" };
    const revisionId = field(
      await call(first, "POST", `/api/1/sites/${siteId}/configurations`, configuration),
      "revisionId",
    );
    await call(first, "POST", `/api/v2/sites/${siteId}/certificates`, { certificateId: certId });
    const operations = `/api/v2/sites/${siteId}/publishing-operations`;
    const publishId = field(await call(first, "POST", operations, { revisionId, target: "ga" }), "publishId");
    await first.ask("POST", "/clock/advance", { ms: 1000 });
    await first.ask("PUT", "/dns/a.example.com", { type: "A", value: "192.0.2.1", ttl: 60 });
    const ledger = await first.ledger();
    expect(await kill(first, "SIGKILL")).toBe("SIGKILL");

    const second = await start(...args);
    expect(second.apiKey).toBe(first.apiKey);
    expect(second.ca).toBe(first.ca);
    expect(await second.ask("GET", "/clock")).toMatchObject({ now: "2026-03-01T00:00:01.000Z", frozen: true });
    expect(await second.ledger()).toEqual(ledger);
    expect(await second.ask("GET", "/dns")).toHaveLength(1);
    expect((await call(second, "GET", `${operations}/${publishId}`)).json).toMatchObject({
      publishStatus: "InProgress",
    });
    await second.ask("POST", "/clock/advance", { ms: 59_000 });
    expect((await call(second, "GET", `${operations}/${publishId}`)).json).toMatchObject({ publishStatus: "Success" });
    expect(await second.edgeNow()).toMatchObject([{ host: "www.example.com", certificateId: Number(certId) }]);
    expect(field(await call(second, "POST", "/api/v2/sites", { siteName: "b" }), "siteId")).not.toBe(siteId);
  });

  test("events that became due while it was down happen at the next start, at their own time", async () => {
    const first = await start("--data", data, "--publish-ms", "200");
    const siteId = field(await call(first, "POST", "/api/v2/sites", { siteName: "a" }), "siteId");
    const configuration = { hostIndex: hostIndex("www.example.com"), changeDescription: "" };
    const revisionId = field(
      await call(first, "POST", `/api/1/sites/${siteId}/configurations`, configuration),
      "revisionId",
    );
    const operations = `/api/v2/sites/${siteId}/publishing-operations`;
    const started = await call(first, "POST", operations, { revisionId, target: "ga" });
    await kill(first, "SIGKILL");
    const second = await start("--data", data, "--publish-ms", "200");
    // Real time continues: either the restart alone takes longer than the rest of the roll-out, or the clock is moved
    // past it.
    await second.ask("POST", "/clock/advance", { ms: 200 });
    const ended = await call(second, "GET", `${operations}/${field(started, "publishId")}`);
    expect(ended.json).toMatchObject({
      publishStatus: "Success",
      lastUpdateTimeMilli: Number(field(started, "creationTimeMilli")) + 200,
    });
  });

  test("a running clock that was moved keeps its offset to real time", async () => {
    const first = await start("--data", data);
    await first.ask("PUT", "/clock", { now: "2031-01-01T00:00:00Z" });
    await kill(first, "SIGKILL");
    const second = await start("--data", data);
    expect(await second.ask("GET", "/clock")).toMatchObject({
      now: expect.stringMatching(/^2031-01-01/),
      frozen: false,
    });
  });

  test("a folder is used by one emulator at a time, and for one organization", async () => {
    await start("--data", data);
    const busy = run(["--data", data]);
    expect(busy.status).toBe(1);
    expect(busy.stderr).toContain("in use by another emulator");
    for (const emulator of started.splice(0)) await emulator.close();
    const other = run(["--data", data, "--organization", "other"]);
    expect(other.status).toBe(1);
    expect(other.stderr).toContain("devorg");
  });
});
