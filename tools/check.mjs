// `npm run check`: lint and format, types, and every tier but `engine`. What a pull request must pass; takes a minute.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./paths.mjs";
import { main, say } from "./run.mjs";
import { ensureReady } from "./set-up.mjs";
import { quickGroup, runTests } from "./test.mjs";

/** The checks that run no test. Paths are those of npm packages' own commands. */
const checks = [
  { name: "lint and format", command: ["@biomejs/biome/bin/biome", "check", "--error-on-warnings"] },
  { name: "types", command: ["typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json"] },
];

/** Runs all checks even if one fails. @returns how many failed */
export function runChecks(node) {
  const failed = checks.filter(({ name, command: [script, ...args] }) => {
    const started = Date.now();
    const { status } = spawnSync(node, [join(root, "node_modules", script), ...args], { cwd: root, stdio: "inherit" });
    say(`${status === 0 ? "ok  " : "FAIL"} ${name}  ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return status !== 0;
  });
  return failed.length;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    const { node, env } = await ensureReady({ engine: false });
    const failedChecks = runChecks(node);
    const { ok } = await runTests([quickGroup], { node, env, jestArguments: process.argv.slice(2) });
    return ok && failedChecks === 0 ? 0 : 1;
  });
}
