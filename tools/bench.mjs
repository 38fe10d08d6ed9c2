// `npm run bench`: what a create, an empty preview, a refresh, a rotation and a destroy of many sites cost, with dynamic
// resources and with the native provider, compared with the engine's own floor in the same run; and an empty preview of
// one program in YAML and in JavaScript. Writes docs/performance.md and docs/performance.svg.
// Options: --sites 1,20,100  --latency 0,100 (milliseconds per call)  --repeat 1  --no-document
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { main } from "./run.mjs";
import { ensureReady } from "./set-up.mjs";

main(async () => {
  const { node, env } = await ensureReady();
  let bench;
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => bench.kill("SIGTERM"));
  bench = spawn(node, [join(root, "tools/bench/bench.mjs"), ...process.argv.slice(2)], {
    cwd: root,
    env,
    stdio: "inherit",
  });
  return new Promise((resolve, reject) => {
    bench.on("error", reject);
    bench.on("exit", (code) => resolve(code ?? 1));
  });
});
