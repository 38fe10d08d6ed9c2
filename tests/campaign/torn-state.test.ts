/** `kill -9` while Pulumi writes its state file: README.md's remedy brings everything back, and nothing is made twice. */
import { truncateSync } from "node:fs";
import { asAUser } from "../support/crash-points.ts";
import { stackOfFile } from "../support/file-stack.ts";
import { materials } from "../support/materials.ts";
import { siteProgram } from "../support/programs.ts";
import { stateFiles } from "../support/stack-state.ts";

const on = stackOfFile();

test("a state file that was cut is replaced by its backup, and the next run makes nothing twice", async () => {
  const [material] = await materials(1);
  if (material === undefined) throw new Error("a certificate was asked for");
  on.stack.write(siteProgram({ material }));
  await on.stack.up();
  for (const file of stateFiles(on.stack.folder)) truncateSync(file, 0);

  const log: string[] = [];
  const run = await asAUser(on.stack, ["up", "--yes", "--skip-preview"], log);
  expect(log[0]).toContain("failed to load checkpoint");
  expect({ code: run.code, log: run.code === 0 ? [] : log }).toEqual({ code: 0, log: [] });
  expect((await on.emulator.call("GET", "/api/v2/certificates")).body).toHaveLength(1);
  expect((await on.emulator.call("GET", "/api/v2/sites")).body).toHaveLength(1);
  await on.stack.up("--expect-no-changes");
});
