// Before engine tests, also when jest is started by hand: the build is fresh, the engine and Node 22 are first on PATH.
"use strict";
const { execFileSync } = require("node:child_process");
const { join } = require("node:path");

module.exports = async () => {
  const script = join(__dirname, "set-up.mjs");
  const text = execFileSync(process.execPath, [script, "--print-env"], { stdio: ["ignore", "pipe", "inherit"] });
  Object.assign(process.env, JSON.parse(text.toString()));
};
