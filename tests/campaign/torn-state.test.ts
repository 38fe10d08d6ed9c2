/**
 * `kill -9` while Pulumi writes to a file backend: the remedy of docs/limits.md is enough, loses nothing, and nothing is created
 * twice.
 */
import { readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/engine/dynamic-process.ts";
import { stackOfFile } from "../support/engine/file-stack.ts";
import { stateFiles } from "../support/engine/stack-state.ts";
import { asAUser } from "../support/kills/crash-points.ts";
import { siteProgram } from "../support/programs/site-program.ts";
import { materials } from "../support/x509/materials.ts";

const on = stackOfFile();

test("attributes of a state file that were cut are deleted, and the next run finds everything as it was", async () => {
  const [material] = await materials(1);
  if (material === undefined) throw new Error("a certificate was asked for");
  on.stack.write(siteProgram({ material }));
  await on.stack.up();
  const files = stateFiles(on.stack.folder);
  expect(files).not.toEqual([]);
  for (const file of files) truncateSync(`${file}.attrs`, 0);

  const since = await on.emulator.mark();
  const log: string[] = [];
  const run = await asAUser(on.stack, ["up", "--yes", "--skip-preview", "--expect-no-changes"], log);
  expect(log[0]).toContain("failed to load checkpoint: EOF");
  expect({ code: run.code, log: run.code === 0 ? [] : log }).toEqual({ code: 0, log: [] });
  expect((await on.emulator.ledger(since)).filter(({ method }) => method !== "GET")).toEqual([]);
});

test("a backend with metadata=skip writes no attributes that a kill could cut", async () => {
  const attributes = () =>
    readdirSync(join(on.stack.folder, "state"), { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".json.attrs"),
    );
  expect(attributes()).not.toEqual([]);
  for (const file of attributes()) rmSync(join(on.stack.folder, "state", file));
  on.stack.env.PULUMI_BACKEND_URL += "?metadata=skip";
  // The selected stack is stored per backend URL.
  await on.stack.pulumi(["stack", "select", "prod"]);
  await on.stack.up("--expect-no-changes");
  expect((await on.stack.pulumi(["destroy", "--yes", "--skip-preview"])).code).toBe(0);
  expect(attributes()).toEqual([]);
});

test("docs/limits.md names the message and the file", () => {
  const limits = readFileSync(join(ROOT, "docs/limits.md"), "utf8");
  expect(limits).toContain("`failed to load checkpoint: EOF`");
  expect(limits).toContain("`.pulumi/stacks/PROJECT/STACK.json.attrs`");
  expect(limits).toContain("?metadata=skip");
});
