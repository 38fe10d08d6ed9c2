// Runs before engine tests, also if jest is started by hand: brings the build up to date and puts the engine and Node
// 22 first on PATH.
"use strict";
const { execFileSync } = require("node:child_process");
const { join } = require("node:path");

module.exports = async () => {
  const script = join(__dirname, "set-up.mjs");
  const text = execFileSync(process.execPath, [script, "--print-env"], { stdio: ["ignore", "pipe", "inherit"] });
  Object.assign(process.env, JSON.parse(text.toString()));
};
