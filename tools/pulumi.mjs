// `npm run pulumi -- ARGS`: any Pulumi command, with this repository's engine, in the caller's folder.
import { spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import { root } from "./paths.mjs";
import { main } from "./run.mjs";
import { ensureReady } from "./set-up.mjs";

/** The environment in which tests and people run Pulumi; sets it up if needed. */
export async function pulumiEnvironment() {
  return (await ensureReady()).env;
}

/**
 * npm runs scripts in the package's folder and passes the caller's in INIT_CWD; only its own `pulumi` script counts.
 */
function callersFolder(env) {
  const isOwnScript = env.npm_lifecycle_event === "pulumi" && process.cwd() === root;
  return isOwnScript && env.INIT_CWD ? env.INIT_CWD : process.cwd();
}

async function run(args) {
  const { engine, env } = await ensureReady();
  // Installed before Pulumi starts: an unhandled signal would end this process and leave Pulumi running.
  let child;
  const stopForwarding = forwardSignals((signal) => child.kill(signal));
  child = spawn(engine.pulumi, args, { cwd: callersFolder(env), env, stdio: "inherit" });
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (...how) => resolve(how));
  }).finally(stopForwarding);
  // To the caller, this process ends as Pulumi did.
  if (signal !== null) process.kill(process.pid, signal);
  return code ?? 1;
}

/** How long to wait to find out whether a signal has to be forwarded. */
const lookMs = 300;
/**
 * npm forwards the signals it receives; on a busy machine its copy of a signal to the group arrives up to this much
 * later.
 */
const copyMs = 2_000;

/**
 * Forwards signals once: Pulumi takes a second one as an order to give up instead of canceling. A signal to the whole
 * process group (a terminal's Ctrl-C, `timeout`) reaches Pulumi by itself; one to npm or to this process has to be
 * forwarded. A canary process in the same group tells them apart: only the first kind kills it.
 *
 * @param handOn called with a signal that has to be forwarded
 * @returns stops forwarding
 */
function forwardSignals(handOn) {
  const undecided = new Set();
  const reached = new Map();
  let canary = startCanary();
  const handle = (signal) => {
    // npm forwards the signals it receives, so the same signal may come twice.
    if (undecided.has(signal)) return;
    undecided.add(signal);
    setTimeout(() => {
      undecided.delete(signal);
      if (canary.signalCode === signal) {
        reached.set(signal, Date.now());
        canary = startCanary();
      } else if (Date.now() - (reached.get(signal) ?? Number.NEGATIVE_INFINITY) > copyMs) handOn(signal);
    }, lookMs);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.removeListener(signal, handle);
    canary.kill("SIGKILL");
  };
}

/** It ends with this process, because its stdin does. */
function startCanary() {
  const canary = spawn("cat", [], { stdio: ["pipe", "ignore", "ignore"] });
  canary.on("error", () => {});
  canary.unref();
  return canary;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(() => run(process.argv.slice(2)));
