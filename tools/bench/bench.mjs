// Runs the measurements and passes the figures to the document. Started by ../bench.mjs, on Node 22 and with the engine
// on PATH.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createDemoCa } from "../demo/demo-ca.mjs";
import { root } from "../paths.mjs";
import { programsTableOf, tableOf, writeDocument } from "./document.mjs";
import { createLane } from "./lane.mjs";
import { measurePrograms } from "./measure-programs.mjs";
import { FLOOR_PROGRAM, FLOOR_PROVIDER, floorFile, isOurs, sitesFile, sitesProgram } from "./programs.mjs";

/** What is measured, in this order on one stack. */
const OPERATIONS = [
  { name: "create", args: ["up", "--yes", "--skip-preview"] },
  { name: "preview", args: ["preview", "--expect-no-changes"] },
  { name: "refresh", args: ["refresh", "--yes", "--skip-preview"] },
  { name: "rotate", args: ["up", "--yes", "--skip-preview"], next: true },
  { name: "destroy", args: ["destroy", "--yes", "--skip-preview"] },
];

const { values } = parseArgs({
  options: {
    sites: { type: "string", default: "1,20,100" },
    latency: { type: "string", default: "0,100" },
    repeat: { type: "string", default: "1" },
    "no-document": { type: "boolean", default: false },
  },
});
const numbers = (text) => text.split(",").map(Number);

const rows = [];
let programs;
mkdirSync(join(root, ".work"), { recursive: true });
const folder = mkdtempSync(join(root, ".work", "bench-"));
try {
  const issue = await createDemoCa();
  for (const sites of numbers(values.sites)) {
    const generations = [await sitesFile(sites, issue), await sitesFile(sites, issue)];
    const latencies = numbers(values.latency);
    for (let turn = 0; turn < Number(values.repeat); turn++) {
      // The floor makes no calls: one measurement counts for every latency of the same round.
      const measured = [];
      for (const latencyMs of latencies) {
        const dynamic = await measureSites({ sites, generations, latencyMs, turn, adapter: "dynamic" });
        const native = await measureSites({ sites, generations, latencyMs, turn, adapter: "native" });
        measured.push({ dynamic, native });
      }
      const floor = await measureFloor({ sites, generations: measured[0].dynamic.states.map(floorFile), turn });
      const difference = Math.abs(floor.stateBytes / measured[0].dynamic.stateBytes - 1);
      if (difference > 0.05)
        throw new Error(`the floor's state differs by ${Math.round(difference * 100)} %: it is no floor`);
      for (const [index, ours] of measured.entries()) {
        rows.push(...compare({ sites, latencyMs: latencies[index], ...ours, floor }));
      }
      process.stdout.write(`\n${tableOf(rows)}\n`);
    }
  }
  programs = await measurePrograms({ folder, issue, startEmulator });
  process.stdout.write(`\n${programsTableOf(programs)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (!values["no-document"]) await writeDocument(rows, programs, root);

async function measureSites({ sites, generations, latencyMs, turn, adapter }) {
  const emulator = await startEmulator();
  try {
    if (latencyMs > 0) {
      const fault = { match: { route: "**", times: 1_000_000_000 }, effect: { delayMs: latencyMs } };
      await control(emulator, "POST", "/faults", fault);
    }
    const lane = createLane({
      folder: join(folder, `sites-${adapter}-${sites}-${latencyMs}-${turn}`),
      program: sitesProgram(adapter),
      env: {
        ...process.env,
        // Where the engine finds the native provider.
        PATH: `${join(root, "dist/plugin")}:${process.env.PATH}`,
        QWILT_ENDPOINT: emulator.api,
        QWILT_API_KEY: emulator.apiKey,
      },
    });
    await lane.run("stack", "init", "bench");
    await lane.run("config", "set", "qwilt:edgeAddress", emulator.edge);
    let seq = 0;
    const calls = async () => {
      const rows = await control(emulator, "GET", `/ledger?since=${seq}`);
      seq = rows.at(-1)?.seq ?? seq;
      return rows.length;
    };
    return await measureOperations({ lane, generations, name: `${sites} sites, ${adapter}, ${latencyMs} ms`, calls });
  } finally {
    emulator.process.kill("SIGTERM");
  }
}

async function measureFloor({ sites, generations, turn }) {
  const lane = createLane({
    folder: join(folder, `floor-${sites}-${turn}`),
    program: FLOOR_PROGRAM,
    env: process.env,
    packages: { "qwilt-floor": FLOOR_PROVIDER },
  });
  await lane.run("stack", "init", "bench");
  return measureOperations({ lane, generations, name: `${sites} sites, floor`, calls: async () => 0 });
}

async function measureOperations({ lane, generations, name, calls }) {
  const results = {};
  const states = [];
  lane.sites(generations[0]);
  for (const { name: operation, args, next } of OPERATIONS) {
    if (next) lane.sites(generations[1]);
    const { ms, peakMb } = await lane.run(...args);
    results[operation] = { ms, peakMb, calls: await calls() };
    process.stdout.write(`${name}: ${operation} ${(ms / 1000).toFixed(1)} s\n`);
    if (operation === "create" || operation === "rotate")
      states.push(JSON.parse(await lane.exported()).deployment.resources);
  }
  // As the file backend writes it, without its indentation, and without what Pulumi's SDK adds about the program.
  const own = states[0].filter(isOurs).map(({ sourcePosition: _p, stackTrace: _t, ...rest }) => rest);
  const stateBytes = own.reduce((sum, resource) => sum + Buffer.byteLength(JSON.stringify(resource)), 0);
  return { results, stateBytes, states };
}

function compare({ sites, latencyMs, dynamic, native, floor }) {
  return OPERATIONS.map(({ name }) => {
    const [ours, other, base] = [dynamic.results[name], native.results[name], floor.results[name]];
    if (ours.calls !== other.calls)
      throw new Error(`${name}: ${ours.calls} calls with dynamic resources, ${other.calls} with the native provider`);
    return {
      sites,
      latencyMs,
      operation: name,
      floorSeconds: base.ms / 1000,
      seconds: ours.ms / 1000,
      ratio: ours.ms / base.ms,
      nativeSeconds: other.ms / 1000,
      nativeRatio: other.ms / base.ms,
      calls: ours.calls,
      peakMb: ours.peakMb,
      nativePeakMb: other.peakMb,
      stateBytesPerSite: Math.round(dynamic.stateBytes / sites),
      nativeStateBytesPerSite: Math.round(native.stateBytes / sites),
    };
  });
}

async function startEmulator() {
  const child = spawn(process.execPath, [join(root, "emulator/bin/qwilt-emulator.js"), "--publish-ms", "1"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (text) => resolve(JSON.parse(text)));
    child.once("exit", (code) => reject(new Error(`the emulator ended with ${code}`)));
  });
  return { ...line, process: child };
}

async function control({ control: base }, method, path, body) {
  const response = await fetch(`${base}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  if (!response.ok) throw new Error(`${method} ${path} of the control port returned ${response.status}`);
  return response.json();
}
