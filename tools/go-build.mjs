// Builds Go programs from their modules into the user's cache. go.sum next to go.mod pins the checksum of every module.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { findOnPath, isExecutable } from "./paths.mjs";
import { runLogged, tailOf } from "./run.mjs";

/** Go 1.21 is the first that downloads the toolchain required by go.mod. */
const oldestGo = [1, 21];

/** Why nothing can be built here, as text; undefined if it can. */
export function whyGoCannotBuild(env = process.env) {
  const go = findOnPath("go", env);
  if (go === undefined) return "there is no `go` on PATH";
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(goVersion(env)) ?? [];
  if (major === undefined) return `${go} does not print its version`;
  if (Number(major) === oldestGo[0] && Number(minor) < oldestGo[1]) {
    return `Go ${major}.${minor} is too old (${oldestGo.join(".")} or later is needed)`;
  }
  return undefined;
}

/** The Go version, for example "go1.26.8"; "" without Go. */
export function goVersion(env = process.env) {
  const go = findOnPath("go", env);
  return go === undefined ? "" : (spawnSync(go, ["env", "GOVERSION"], { encoding: "utf8", env }).stdout ?? "").trim();
}

/**
 * Builds one command of a module.
 *
 * @param step `module` folder with go.mod and go.sum, `command` import path, `flags` of go build, `log` file
 * @returns `{ ok, why }`; `why` ends with the last lines of the log
 */
export async function goBuild({ module, command, flags = [], out, log }, env = process.env) {
  const go = findOnPath("go", env);
  if (go === undefined) return { ok: false, why: "there is no `go` on PATH" };
  const result = await runLogged(
    go,
    // -mod=readonly: a module that is not in go.sum is rejected, not added.
    ["build", "-mod=readonly", "-buildvcs=false", "-trimpath", ...flags, "-o", out, command],
    { cwd: module, env: { ...env, CGO_ENABLED: "0", GOWORK: "off" }, log },
  );
  return result.ok ? result : { ok: false, why: `go build ${command} ${result.why}\n${tailOf(log, 12)}` };
}

/** True if every file exists and is executable. */
export function isComplete(folder, files) {
  return files.every((file) => isExecutable(join(folder, file)));
}

/**
 * Fills a temporary folder next to `folder` and renames it atomically, so that nobody sees an incomplete build.
 *
 * @param fill writes into the given folder and returns `{ ok, why }`
 */
export async function fillFolder(folder, fill) {
  mkdirSync(dirname(folder), { recursive: true });
  const next = mkdtempSync(`${folder}.new-`);
  try {
    const result = await fill(next);
    if (!result.ok) return result;
    if (existsSync(folder)) renameSync(folder, `${next}.old`);
    renameSync(next, folder);
    return result;
  } finally {
    for (const left of [next, `${next}.old`]) rmSync(left, { recursive: true, force: true });
  }
}
