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
  const isDefault = isTrue(env.PULUMI_OPTION_DIFF);
  let next = parent;
  for (let generation = 0; generation < MOST_GENERATIONS && next > 1; generation++) {
    const found = find(next);
    if (found === undefined) return isDefault;
    if (/(?:^|\/)pulumi$/.test(found.command[0] ?? "")) return showsDetails(found.command.slice(1), isDefault);
    next = found.parent;
  }
  return isDefault;
}

/** As the CLI reads it: the last flag counts, and what follows `--` is no flag. */
function showsDetails(args: readonly string[], isDefault: boolean): boolean {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  const flag = (name: string) => {
    const last = own.findLast((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
    return last === undefined ? undefined : last === `--${name}` || isTrue(last.slice(name.length + 3));
  };
  // A JSON document names the resource of each message.
  if (flag("json") === true) return false;
  return flag("diff") ?? isDefault;
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
