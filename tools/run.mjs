// Child processes with their output in a log file, and the progress messages of set-up.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

/** A failure that is shown to the user without a stack trace. */
export class SetUpError extends Error {}

/** Progress goes to stderr: stdout belongs to the command that the user started. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Prints `text`, then a message once a minute while the work is running. */
export async function saying(text, work) {
  say(text);
  const started = Date.now();
  const minutes = setInterval(
    () => say(`  ... still running, ${Math.round((Date.now() - started) / 60_000)} min`),
    60_000,
  );
  try {
    return await work();
  } finally {
    clearInterval(minutes);
  }
}

/**
 * Runs a command whose output goes to `log`; the log is shown only if it fails.
 *
 * @returns the exit code, or what kept the command from running or ended it
 */
export function runLogged(command, args, { cwd, env, log, timeoutMs }) {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, "w");
  // A command with a time limit gets its own process group, so that its children are killed with it.
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ["ignore", output, output],
    detached: timeoutMs !== undefined,
  });
  closeSync(output);
  return new Promise((resolve) => {
    let timer;
    let timedOut = false;
    const ended = (ok, why) => {
      clearTimeout(timer);
      resolve({ ok, why: timedOut ? `took longer than ${timeoutMs / 1000} s` : why });
    };
    if (timeoutMs !== undefined) {
      timer = setTimeout(() => {
        timedOut = true;
        killGroup(child);
      }, timeoutMs);
    }
    child.on("error", (error) => ended(false, error.message));
    child.on("close", (code, signal) => ended(code === 0, signal ?? `ended with code ${code}`));
  });
}

/** Kills a detached child and everything it started. */
export function killGroup(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has already ended.
  }
}

/** The last lines of a log, indented, for an error. */
export function tailOf(log, lines = 30) {
  try {
    const text = readFileSync(log, "utf8").trimEnd().split("\n").slice(-lines);
    return text.map((line) => `  | ${line}`).join("\n");
  } catch {
    return "";
  }
}

/** Runs the main function of a tool: a SetUpError is printed as text, any other error with its stack; both exit 1. */
export function main(work) {
  work().then(
    (code) => {
      process.exitCode = code ?? 0;
    },
    (error) => {
      say(error instanceof SetUpError ? error.message : (error.stack ?? String(error)));
      process.exitCode = 1;
    },
  );
}
