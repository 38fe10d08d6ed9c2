#!/usr/bin/env node
// Starts the emulator on Node 22, which it needs for node:sqlite, whatever Node runs this file (18 or newer).
"use strict";
const { spawn, spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const { constants } = require("node:os");
const { dirname, join, resolve } = require("node:path");

const entry = join(__dirname, "../dist/cli.js");

if (!existsSync(entry)) build();
if (isNewEnough(process.versions.node)) runHere();
else runOn(findNode());

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 13);
}

function runHere() {
  // node:sqlite works but is marked experimental; users of the emulator need no warning about it.
  const printers = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") for (const print of printers) print.call(process, warning);
  });
  // Compiling the same files again is a sixth of the start-up time. The cache is in the system's temporary folder;
  // running without one is fine.
  require("node:module").enableCompileCache?.();
  require(entry)
    .main(process.argv.slice(2))
    .catch((error) => fail(error instanceof Error ? (error.stack ?? error.message) : String(error)));
}

function runOn(node) {
  const child = spawn(
    node,
    [
      "--disable-warning=ExperimentalWarning",
      "--require",
      join(__dirname, "die-with-parent.js"),
      __filename,
      ...process.argv.slice(2),
    ],
    { stdio: ["inherit", "inherit", "inherit", "ipc"] },
  );
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`Node 22 in ${node} could not be started: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

/** The binary of the npm package `node`, a dependency of this package. */
function findNode() {
  try {
    const folder = dirname(require.resolve("node/package.json"));
    for (const name of ["bin/node", "bin/node.exe"]) {
      const path = join(folder, name);
      // The package has no binary if install scripts were disabled.
      const asked = existsSync(path)
        ? spawnSync(path, ["-p", "process.versions.node"], { encoding: "utf8" })
        : undefined;
      if (asked?.status === 0 && isNewEnough(asked.stdout.trim())) return path;
    }
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
  }
  return fail(
    `qwilt-emulator needs Node 22.13 or newer; this is Node ${process.versions.node}, and the npm package \`node\` beside it brings none.\n` +
      "Run it with a newer Node, or install with scripts on (`npm install` without --ignore-scripts, then `npm rebuild node`).",
  );
}

/** A checkout has no dist until it is built; an installed package always has one. */
function build() {
  const script = resolve(__dirname, "../../tools/build.mjs");
  if (!existsSync(script))
    fail(`${entry} is missing: this installation is not complete. Install qwilt-emulator again.`);
  console.error("qwilt-emulator: dist is missing, building it with tools/build.mjs");
  // The first line on standard output belongs to the emulator.
  const { status } = spawnSync(process.execPath, [script], { stdio: ["ignore", 2, 2] });
  if (!existsSync(entry)) fail(`The build ended with code ${status} and made no ${entry}.`);
}

function fail(text) {
  console.error(text);
  process.exit(1);
}
