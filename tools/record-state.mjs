// `node tools/record-state.mjs`: writes tests/upgrade/states/VERSION, the states that later releases must be able to
// use. Other arguments go to jest: `-t managed`.
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, workFolder } from "./paths.mjs";
import { main } from "./run.mjs";
import { ensureReady } from "./set-up.mjs";

main(async () => {
  const { node, env } = await ensureReady();
  mkdirSync(workFolder, { recursive: true });
  const config = join(workFolder, `record-${process.pid}.config.cjs`);
  // The configuration of the campaigns, with the one file that is not a test.
  writeFileSync(
    config,
    `const { projects, testTimeout } = require("../jest.config.js");
const campaign = projects.find(({ displayName }) => displayName === "campaign");
module.exports = { testTimeout, projects: [{ ...campaign, testMatch: ["<rootDir>/tests/upgrade/record-states.ts"] }] };\n`,
  );
  const args = ["--disable-warning=ExperimentalWarning", join(root, "node_modules/jest/bin/jest.js")];
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(node, [...args, "--config", config, "--rootDir", root, ...process.argv.slice(2)], {
        cwd: root,
        env,
        stdio: "inherit",
      });
      child.once("error", reject);
      child.once("exit", (code) => resolve(code ?? 1));
    });
  } finally {
    rmSync(config, { force: true });
  }
});
