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
  const child = spawn(engine.pulumi, args, { cwd: callersFolder(env), env, stdio: "inherit" });
  const stopForwarding = forwardSignals(child);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (...how) => resolve(how));
  });
  stopForwarding();
  // To the caller, this process ends as Pulumi did.
  if (signal !== null) process.kill(process.pid, signal);
  return code ?? 1;
}

/** Two signals make Pulumi give up at once instead of cancelling in order, so it must not see one Ctrl-C twice. */
const sameEventMs = 150;

/**
 * Hands signals on, once. A terminal's Ctrl-C and a signal to the process group reach Pulumi by themselves. npm forwards what
 * it gets, so under npm a signal that comes twice went to the group, one that comes once was meant for npm alone.
 */
function forwardSignals(child) {
  const underNpm = process.env.npm_lifecycle_event !== undefined;
  const handlers = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => {
    let pending;
    const handler = () => {
      if (signal !== "SIGTERM" && process.stdin.isTTY) return;
      if (!underNpm) return void child.kill(signal);
      if (pending !== undefined) {
        clearTimeout(pending);
        pending = undefined;
        return;
      }
      pending = setTimeout(() => {
        pending = undefined;
        child.kill(signal);
      }, sameEventMs);
    };
    process.on(signal, handler);
    return [signal, handler];
  });
  return () => {
    for (const [signal, handler] of handlers) process.removeListener(signal, handler);
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(() => run(process.argv.slice(2)));
