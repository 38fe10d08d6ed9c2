// `npm start`: the main use case on one machine. Emulator, `pulumi up`, a rotation under a stream of TLS handshakes, a
// summary.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { main } from "./run.mjs";
import { ensureReady } from "./set-up.mjs";

main(async () => {
  const { node, env } = await ensureReady();
  let demo;
  // Ctrl-C reaches the demo directly; this process waits until it has stopped what it started. Installed before the
  // demo starts: an unhandled signal would end this process and leave the demo running.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => demo.kill("SIGTERM"));
  demo = spawn(node, [join(root, "tools/demo/rotation.mjs"), ...process.argv.slice(2)], {
    cwd: root,
    env,
    stdio: "inherit",
  });
  return new Promise((resolve, reject) => {
    demo.on("error", reject);
    demo.on("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
});
