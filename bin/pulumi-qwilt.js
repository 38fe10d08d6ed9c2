#!/usr/bin/env node
"use strict";
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const main = join(__dirname, "..", "dist", "provider", "cli", "main.js");
if (existsSync(main)) {
  process.exitCode = require(main).main(process.argv.slice(2));
} else {
  process.stderr.write("pulumi-qwilt: this checkout is not built yet. Run `npm run build` first.\n");
  process.exitCode = 2;
}
