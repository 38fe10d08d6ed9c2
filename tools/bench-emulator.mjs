// Prints how fast the emulator starts and responds, and how much memory it uses: `node tools/bench-emulator.mjs
// [seconds]`. Two clients, each with one keep-alive connection, send nine reads and one write in turn.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const seconds = Number(process.argv[2] ?? 5);
const clients = 2;

for (const kind of ["in memory", "with --data"]) await measure(kind);

async function measure(kind) {
  const directory = kind === "in memory" ? undefined : mkdtempSync(join(tmpdir(), "bench-emulator-"));
  const started = performance.now();
  const child = spawn(
    join(root, "node_modules/.bin/node"),
    [join(root, "emulator/bin/qwilt-emulator.js"), ...(directory === undefined ? [] : ["--data", directory])],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const line = await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", (text) => resolve(JSON.parse(text)));
      child.once("exit", (code) => reject(new Error(`the emulator ended with ${code}`)));
    });
    const startMs = performance.now() - started;
    const idle = residentMb(child.pid);
    const results = await Promise.all(Array.from({ length: clients }, (_, index) => client(line, index)));
    const requests = results.flat();
    requests.sort((a, b) => a - b);
    const rate = requests.length / seconds;
    console.log(
      `${kind}: start ${startMs.toFixed(0)} ms; ${rate.toFixed(0)} requests/s with ${clients} clients ` +
        `(median ${quantile(requests, 0.5)} ms, 99 % ${quantile(requests, 0.99)} ms); ` +
        `memory ${idle} MB at start, ${residentMb(child.pid)} MB after ${requests.length} requests`,
    );
  } finally {
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
    if (directory !== undefined) rmSync(directory, { recursive: true });
  }
}

/** @returns the time of each request in milliseconds */
async function client(line, index) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const send = (method, path, body) => request(agent, line, { method, path, body });
  const site = await send("POST", "/api/v2/sites", { siteName: `bench ${index}` });
  const path = `/api/v2/sites/${site.siteId}`;
  const times = [];
  const end = performance.now() + seconds * 1000;
  for (let count = 0; performance.now() < end; count++) {
    const before = performance.now();
    if (count % 10 === 0) await send("PUT", path, { siteName: `bench ${index} ${count}` });
    else await send("GET", count % 2 === 0 ? path : `${path}/certificates`);
    times.push(performance.now() - before);
  }
  agent.destroy();
  return times;
}

function request(agent, line, { method, path, body }) {
  return new Promise((resolve, reject) => {
    const headers = { "x-api-key": line.apiKey, "content-type": "application/json" };
    const sent = http.request(line.api + path, { agent, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () =>
        response.statusCode < 300 ? resolve(JSON.parse(text)) : reject(new Error(`${method} ${path}: ${text}`)),
      );
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function quantile(sorted, share) {
  return (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2);
}

function residentMb(pid) {
  const pages = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(pages) / 1024);
}
