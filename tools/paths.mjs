// Paths: the checkout, its working folder, the user's cache.
import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Logs, locks and stamps of this checkout; ignored by git, safe to delete. */
export const workFolder = join(root, ".work");

/** The user's cache, shared by all checkouts: `$XDG_CACHE_HOME/pulumi-qwilt`, or `~/.cache/pulumi-qwilt`. */
export function cacheFolder(env = process.env) {
  const base = env.XDG_CACHE_HOME;
  // The XDG base directory specification: a relative path must be ignored.
  return join(base && isAbsolute(base) ? base : join(env.HOME || homedir(), ".cache"), "pulumi-qwilt");
}

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Full path of a command on PATH, or undefined. */
export function findOnPath(command, env = process.env) {
  for (const folder of (env.PATH ?? "").split(delimiter)) {
    const file = join(folder, command);
    if (isAbsolute(folder) && isExecutable(file)) return file;
  }
  return undefined;
}
