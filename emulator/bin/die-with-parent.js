// Loaded before the emulator by its launcher: ends this process when the launcher ends, for whatever reason.
"use strict";
const { isMainThread } = require("node:worker_threads");

if (isMainThread && process.channel) {
  process.once("disconnect", () => process.exit(1));
  // The channel alone must not keep the emulator alive. Called after adding the listener, which refs the channel.
  process.channel.unref();
}
