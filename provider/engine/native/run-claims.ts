/**
 * What the provider processes of one run tell each other. The engine starts one process per provider of a program: with
 * an explicit provider, or while an SDK is upgraded, the successor of a resource is created by one process and the
 * resource is deleted by another, which must notice that the object is no longer its own. Each process appends to a file
 * of its own, in a folder that is named after the engine and that only this user can read. The files contain no secrets.
 */
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NOT_SHARED, type RunClaim, type SharedClaims } from "../../run/ownership.ts";

/**
 * @param engine address of the engine; undefined: nothing is shared, because one process serves all providers then
 * @param folder for temporary files, the same for all processes of a run
 */
export function createRunClaims(
  engine: string | undefined,
  { folder = tmpdir(), pid = process.pid }: { readonly folder?: string; readonly pid?: number } = {},
): SharedClaims {
  if (engine === undefined) return NOT_SHARED;
  const all = join(folder, `pulumi-qwilt-runs-${process.getuid?.() ?? "user"}`);
  const run = join(all, engine.replace(/[^\w.-]/g, "_"));
  const own = `${pid}.jsonl`;
  try {
    mkdirSync(all, { recursive: true, mode: 0o700 });
    // Somebody else's folder could say that every object has another owner.
    if (process.getuid !== undefined && lstatSync(all).uid !== process.getuid()) return NOT_SHARED;
    sweep(all);
    open(run, own);
  } catch {
    // Nothing can be written here: this process knows of its own resources only.
    return NOT_SHARED;
  }
  let scope = "";
  return {
    enter(newScope) {
      scope = newScope;
    },
    add: (claim) => appendFileSync(join(run, own), `${JSON.stringify({ ...claim, scope })}\n`),
    ofOthers: () =>
      readdirSync(run)
        .filter((name) => name !== own)
        .flatMap((name) => claimsIn(read(join(run, name))))
        .filter((claim) => claim.scope === scope),
  };
}

type ScopedClaim = RunClaim & { readonly scope: string };

/** Another process can remove the folder while it is empty. */
function open(run: string, own: string, attempts = 10): void {
  mkdirSync(run, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(join(run, own), "", { mode: 0o600 });
  } catch (thrown) {
    if (attempts === 0) throw thrown;
    open(run, own, attempts - 1);
  }
}

/** Of a process that has ended, another one can remove the file at any time. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** A line that is being written has no end yet. */
function claimsIn(text: string): ScopedClaim[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as ScopedClaim);
}

/** Removes what processes left behind: the engine ends them without notice. */
function sweep(all: string): void {
  for (const run of readdirSync(all)) {
    try {
      for (const name of readdirSync(join(all, run))) {
        if (!isRunning(Number.parseInt(name, 10))) rmSync(join(all, run, name), { force: true });
      }
      rmdirSync(join(all, run));
    } catch {
      // It is in use, or another process has removed it.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}
