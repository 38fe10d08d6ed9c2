/**
 * Whether this run of the CLI displays details (`--diff`). The engine does not report it, and in that display it prints
 * a message without the resource that the message belongs to (docs/decisions/0020).
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Process {
  readonly parent: number;
  /** The command and its arguments. */
  readonly command: readonly string[];
}

/** How far above this process the CLI can be: a launcher script may come in between. */
const MOST_GENERATIONS = 6;

/** @param find undefined when the process cannot be read */
export function displaysDetails(
  env: NodeJS.ProcessEnv,
  parent: number,
  find: (pid: number) => Process | undefined = findProcess,
): boolean {
  if (isTrue(env.PULUMI_OPTION_DIFF)) return true;
  let next = parent;
  for (let generation = 0; generation < MOST_GENERATIONS && next > 1; generation++) {
    const found = find(next);
    if (found === undefined) return false;
    if (/(?:^|\/)pulumi$/.test(found.command[0] ?? "")) return hasDiffFlag(found.command.slice(1));
    next = found.parent;
  }
  return false;
}

/** As the CLI reads it: the last flag counts, and what follows `--` is no flag. */
function hasDiffFlag(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const last = (end === -1 ? args : args.slice(0, end)).findLast((arg) => /^--diff(?:=|$)/.test(arg));
  return last === "--diff" || isTrue(last?.slice("--diff=".length));
}

const isTrue = (text: string | undefined) => /^(?:1|t|true)$/i.test(text ?? "");

function findProcess(pid: number): Process | undefined {
  try {
    return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  } catch {
    // Without the command line, messages are printed as in every other display.
    return undefined;
  }
}

function fromProc(pid: number): Process {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  return { parent: Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? 0), command };
}

function fromPs(pid: number): Process {
  const line = execFileSync("ps", ["-o", "ppid=,command=", "-p", String(pid)], { encoding: "utf8", timeout: 2_000 });
  const [parent = "0", ...command] = line.trim().split(/\s+/);
  return { parent: Number(parent), command };
}
