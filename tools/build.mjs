// Builds dist/ (sdk and provider) and emulator/dist, and links this package into its own node_modules for the examples.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readlinkSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

// An installed package has its dist already and no compiler.
if (process.argv.includes("--if-checkout") && !existsSync(tsc)) process.exit(0);

for (const project of ["tsconfig.build.json", "emulator/tsconfig.json"]) {
  const run = spawnSync(process.execPath, [tsc, "-p", join(root, project)], { stdio: "inherit" });
  if (run.status !== 0) process.exit(run.status ?? 1);
}
mkdirSync(join(root, "dist/provider/dynamic"), { recursive: true });
for (const file of ["stub.js", "stub.d.ts"]) {
  const from = join(root, "provider/dynamic", file);
  if (existsSync(from)) cpSync(from, join(root, "dist/provider/dynamic", file));
}
const self = join(root, "node_modules/pulumi-qwilt");
if (!existsSync(self)) symlinkSync("..", self, "dir");
