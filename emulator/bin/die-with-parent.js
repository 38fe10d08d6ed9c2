// Loaded before the emulator by its launcher: when the launcher is gone, however it went, so is this process.
"use strict";
const { isMainThread } = require("node:worker_threads");

if (isMainThread && process.channel) {
  process.once("disconnect", () => process.exit(1));
  // The channel must not keep an emulator alive that has nothing left to do. After the listener, which refs it.
  process.channel.unref();
}
