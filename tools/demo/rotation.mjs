// The main use case as a demo: one `pulumi up` rotates a live site's certificate under a stream of TLS handshakes.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { createDemoCa } from "./demo-ca.mjs";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const HANDSHAKES_PER_SECOND = 80;
const HOSTS = ["www.example.com", "shop.example.com"];
const say = (text) => process.stdout.write(`${text}\n`);
const running = [];
/** The CLI that is running now; it is left to end by itself, so that the state it writes is complete. */
let command;
let interrupted;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    interrupted ??= signal;
    command?.kill("SIGINT");
    for (const child of running) child.kill("SIGTERM");
  });
}

async function main() {
  mkdirSync(join(root, ".work"), { recursive: true });
  const folder = mkdtempSync(join(root, ".work", "demo-"));
  try {
    return await rotate(folder);
  } finally {
    if (command !== undefined) await ended(command, "SIGINT");
    for (const child of running.reverse()) await ended(child, "SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rotate(folder) {
  say("== A Qwilt control plane and edge on this machine");
  const emulator = start([join(root, "emulator/bin/qwilt-emulator.js")], { stdio: ["ignore", "pipe", "inherit"] });
  const at = JSON.parse(await firstLine(emulator));
  say(`   API ${at.api}, edge ${at.edge}`);

  const issue = await createDemoCa();
  const before = await issue(HOSTS, { startDaysAgo: 39 });
  const after = await issue(HOSTS);
  const project = join(folder, "rotation");
  cpSync(join(root, "examples/rotation"), project, { recursive: true });
  mkdirSync(join(folder, "state"));
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_CONFIG_PASSPHRASE: "demo",
    QWILT_ENDPOINT: at.api,
    QWILT_API_KEY: at.apiKey,
  };
  const pulumi = (args) => run("pulumi", [...args, "--cwd", project, "--non-interactive", "--color", "never"], env);
  const put = (set) => {
    mkdirSync(join(project, "certificate"), { recursive: true });
    for (const [file, text] of [
      ["leaf", set.leaf],
      ["chain", set.chain],
      ["key", set.key],
    ]) {
      writeFileSync(join(project, "certificate", `${file}.pem`), text, { mode: 0o600 });
    }
  };
  const edge = ["--config", `qwilt:edgeAddress=${at.edge}`];

  say("\n== A live site with certificate A (pulumi up)");
  put(before);
  await pulumi(["stack", "init", "edge-prod"]);
  await pulumi(["up", "--yes", "--skip-preview", ...edge]);

  say(`\n== A stream of ${HANDSHAKES_PER_SECOND} TLS handshakes per second begins`);
  const stream = start([join(root, "tools/demo/handshakes.mjs"), at.edge, String(HANDSHAKES_PER_SECOND), ...HOSTS], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [{ seq } = { seq: 0 }] = (await get(at.control, "/ledger")).slice(-1);

  say("\n== Certificate B replaces A. What a reviewer sees (pulumi preview)");
  put(after);
  await pulumi(["preview"]);
  const unasked = (await get(at.control, `/ledger?since=${seq}`)).length;

  say("\n== One pulumi up");
  await pulumi(["up", "--yes", "--skip-preview"]);
  // The last handshakes are served the new certificate.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const report = firstLine(stream);
  stream.stdin.end();
  const handshakes = JSON.parse(await report);

  return summarise({ at, seq, unasked, handshakes, before, after });
}

async function summarise({ at, seq, unasked, handshakes, before, after }) {
  const calls = await get(at.control, `/ledger?since=${seq}`);
  const history = await get(at.control, "/edge/history");
  const count = (method, route) => calls.filter((call) => call.method === method && call.route.endsWith(route)).length;
  const links = calls.filter(
    (call) =>
      call.method !== "GET" &&
      /\/certificates(\/\{certificateId\})?$/.test(call.route) &&
      call.route.includes("/sites/"),
  );
  const unlink = links.find((call) => call.method === "DELETE");
  const link = links.find((call) => call.method === "POST");
  const unlinkedForMs = unlink && link ? Date.parse(link.at) - Date.parse(unlink.at) : undefined;
  const publishes = calls.filter(
    (call) => call.method === "POST" && call.route.includes("publishing-operations"),
  ).length;
  const a = handshakes.served[before.fingerprint] ?? 0;
  const b = handshakes.served[after.fingerprint] ?? 0;
  const strangers = Object.keys(handshakes.served).filter(
    (one) => one !== before.fingerprint && one !== after.fingerprint,
  );
  const gaps = history.filter(
    (change, index) => index > 0 && change.fingerprint === null && HOSTS.includes(change.host),
  );

  say("\n== Summary");
  say(
    `   handshakes   ${handshakes.total} in ${handshakes.seconds.toFixed(1)} s (${Math.round(handshakes.total / handshakes.seconds)} per second)`,
  );
  say(`   served       ${a} with certificate A, ${b} with certificate B, ${handshakes.failed} failed`);
  say(`   nothing linked for ${unlinkedForMs ?? "?"} ms by the emulator's ledger, while the edge kept serving A`);
  say(`   calls        preview ${unasked}; up: ${describeCalls(calls)}`);
  say(`   publishes    ${publishes}`);

  const changes = calls
    .map(({ method, route }) => callKind(method, route))
    .filter((kind) => !["look", "poll"].includes(kind));
  const wrong = [
    [handshakes.failed > 0, `${handshakes.failed} handshakes failed: ${JSON.stringify(handshakes.failures)}`],
    [a === 0 || b === 0, "the stream did not see both certificates"],
    [strangers.length > 0, "the edge served an unexpected certificate"],
    [handshakes.total / handshakes.seconds < 50, "fewer than 50 handshakes per second"],
    [publishes !== 1, `${publishes} publishes instead of 1`],
    [unasked !== 0, `the preview made ${unasked} calls`],
    [gaps.length > 0, "the edge history has a gap"],
    [count("POST", "/api/v2/certificates") !== 1, "not exactly one upload"],
    [changes.join(", ") !== "upload, unlink, link, republish, delete", `the order was ${changes.join(", ")}`],
  ].filter(([bad]) => bad);
  for (const [, text] of wrong) say(`   FAILED: ${text}`);
  if (wrong.length === 0) say("   The certificate was rotated, and nobody noticed.");
  return wrong.length === 0 ? 0 : 1;
}

function describeCalls(calls) {
  const kinds = new Map();
  for (const { method, route } of calls) {
    const kind = callKind(method, route);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].map(([kind, times]) => `${times} ${kind}`).join(", ");
}

function callKind(method, route) {
  if (route.endsWith("/publishing-operations/{publishId}")) return "poll";
  if (method === "GET") return "look";
  if (route.includes("republish")) return "republish";
  if (route.includes("publishing-operations")) return "publish";
  if (route.includes("/sites/")) return method === "DELETE" ? "unlink" : "link";
  return method === "DELETE" ? "delete" : "upload";
}

function start(args, options) {
  const child = spawn(process.execPath, args, options);
  running.push(child);
  return child;
}

async function ended(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}

function firstLine(child) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`${child.spawnargs[1]} ended with ${code} before its first line`)));
  });
}

function run(program, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ["ignore", "inherit", "inherit"] });
    command = child;
    child.once("error", reject);
    child.once("exit", (code) => {
      if (interrupted !== undefined) reject(new Error(`interrupted by ${interrupted}`));
      else if (code === 0) resolve();
      else reject(new Error(`pulumi ${args[0]} ended with exit code ${code}`));
    });
  });
}

async function get(base, path) {
  const answer = await fetch(`${base}${path}`);
  if (!answer.ok) throw new Error(`GET ${path} of the control port returned ${answer.status}`);
  return answer.json();
}

main().then(
  (code) => {
    process.exitCode = interrupted === undefined ? code : 130;
  },
  (error) => {
    say(interrupted === undefined ? `FAILED: ${error.message}` : `Stopped: ${error.message}`);
    process.exitCode = interrupted === undefined ? 1 : interrupted === "SIGTERM" ? 143 : 130;
  },
);
