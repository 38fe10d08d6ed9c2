// A lock across all processes of a machine: a folder that only one process can create, with the owner's pid in it.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { say } from "./run.mjs";

/**
 * An owner writes its pid right after creating the folder; a folder without a pid counts as abandoned after this time.
 */
const namelessForMs = 5_000;
const lookAgainMs = 250;

/** Runs `work` while holding the lock. If another process holds it, prints `waiting` once and waits. */
export async function withLock(folder, waiting, work) {
  mkdirSync(dirname(folder), { recursive: true });
  for (let said = false; !acquire(folder); ) {
    if (breakStale(folder)) continue;
    if (!said) say(`${waiting} (process ${ownerOf(folder) ?? "unknown"}); waiting for it.`);
    said = true;
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

function acquire(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(join(folder, "pid"), String(process.pid));
  return true;
}

function ownerOf(folder) {
  try {
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the lock of a process that has ended. Renaming first lets only one of several waiters do it. */
function breakStale(folder) {
  const owner = ownerOf(folder);
  if (owner === undefined ? ageMs(folder) < namelessForMs : isAlive(owner)) return false;
  const grave = `${folder}.stale-${process.pid}`;
  try {
    renameSync(folder, grave);
  } catch {
    return true;
  }
  // Between the check and the rename another waiter may have removed the lock and acquired it: then it is restored.
  if (ownerOf(grave) !== owner) {
    try {
      renameSync(grave, folder);
      return false;
    } catch {
      // A third process holds it by now.
    }
  }
  rmSync(grave, { recursive: true, force: true });
  return true;
}

function ageMs(folder) {
  try {
    return Date.now() - statSync(folder).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
