/** A command of the real CLI that a test can interrupt while it runs. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { Stack } from "./stack.ts";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly all: string;
  /** Milliseconds between the last signal that was sent and the end. */
  readonly sinceSignalMs: number;
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** To the CLI alone, or to its process group, as a terminal does on Ctrl-C. */
  signal(name: NodeJS.Signals, to?: "cli" | "group"): void;
  readonly ended: Promise<Ended>;
}

export function startCli(stack: Stack, args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCli {
  const child = spawn("pulumi", [...args, "--non-interactive", "--color", "never"], {
    cwd: join(stack.folder, "program"),
    env: { ...stack.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let all = "";
  let signalledAt = Number.NaN;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => {
      all += data.toString();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, all, sinceSignalMs: Date.now() - signalledAt }));
  });
  return {
    child,
    output: () => all,
    signal(name, to = "cli") {
      if (child.pid === undefined) throw new Error("the CLI did not start");
      signalledAt = Date.now();
      process.kill(to === "group" ? -child.pid : child.pid, name);
    },
    ended,
  };
}

/** Polls until it is so. */
export async function until(what: string, isSo: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
