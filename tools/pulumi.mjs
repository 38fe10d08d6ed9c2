// `npm run pulumi -- ARGS`: any Pulumi command, on this repository's engine, in the caller's folder.
import { spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import { root } from "./paths.mjs";
import { main } from "./run.mjs";
import { ensureReady } from "./set-up.mjs";

/** The environment that tests and people run Pulumi in, set up first where needed. */
export async function pulumiEnvironment() {
  return (await ensureReady()).env;
}

/** npm runs scripts in the package's folder and tells the caller's in INIT_CWD; only its own `pulumi` script counts. */
function callersFolder(env) {
  const isOwnScript = env.npm_lifecycle_event === "pulumi" && process.cwd() === root;
  return isOwnScript && env.INIT_CWD ? env.INIT_CWD : process.cwd();
}

async function run(args) {
  const { engine, env } = await ensureReady();
  // Before Pulumi is there: a signal that finds no handler would end this process and leave Pulumi alone.
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

/** How long a signal is looked into before it is handed on. */
const lookMs = 300;
/** npm hands on what it gets; on a busy machine its copy of a signal to the group comes this much later. */
const copyMs = 2_000;

/**
 * Hands signals on once: of two, Pulumi takes the second as an order to give up instead of cancelling. A signal to the whole
 * process group (a terminal's Ctrl-C, `timeout`) reaches Pulumi by itself; one to npm or to this process has to be handed on.
 * Which it was, a canary in the same group tells: it dies of the first kind only.
 *
 * @param handOn called with a signal that has to be handed on
 * @returns ends it
 */
function forwardSignals(handOn) {
  const undecided = new Set();
  const reached = new Map();
  let canary = startCanary();
  const handle = (signal) => {
    // npm forwards what it gets, so the same signal may come twice.
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

/** It ends with this process, because its input does. */
function startCanary() {
  const canary = spawn("cat", [], { stdio: ["pipe", "ignore", "ignore"] });
  canary.on("error", () => {});
  canary.unref();
  return canary;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(() => run(process.argv.slice(2)));
