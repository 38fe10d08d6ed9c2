/** Child processes of one that a test started, from /proc. */
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessBelow {
  readonly pid: number;
  readonly command: string;
}

/** Every descendant, children before their children. */
export function processesBelow(pid: number): readonly ProcessBelow[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(name);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below: ProcessBelow[] = [];
  const queue = [...(children.get(pid) ?? [])];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    below.push({ pid: next, command: read(`/proc/${next}/cmdline`).replaceAll("\0", " ") });
    queue.push(...(children.get(next) ?? []));
  }
  return below;
}

export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has already ended.
  }
}

/** The name of a process may contain spaces and brackets; state and parent follow the last bracket. */
function parentOf(pid: string): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const parent = /^\s*\S\s+(\d+)/.exec(stat.slice(stat.lastIndexOf(")") + 1))?.[1];
  return parent === undefined ? undefined : Number(parent);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
