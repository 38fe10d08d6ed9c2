/** Started by `node tools/record-state.mjs`: writes the states of this version, once, before it is released. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/engine/dynamic-process.ts";
import { readContents } from "./emulator-contents.ts";
import { PROGRAMS, type RecordedProgram, ROTATIONS } from "./programs.ts";
import { CONTENTS_FILE, dataFolder, openStack, rotate, STATE_FILE, STATES } from "./recorded-state.ts";

const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
/** Of the project folder, not of the program. */
const NOT_THE_PROGRAM = /^(Pulumi\..*|package\.json|request\.pem|usage\.ext)$/;

test.each(PROGRAMS)("the state of the program $name is recorded", async (program) => {
  if (!readFileSync(join(ROOT, "CHANGELOG.md"), "utf8").includes(`\n## ${version} (unreleased)\n`)) {
    throw new Error(`${version} is released: its states stay as they are. Raise the version in package.json first.`);
  }
  await record(program, join(STATES, version, program.name));
});

async function record({ name, files }: RecordedProgram, folder: string): Promise<void> {
  const program = readFileSync(join(__dirname, "programs", `${name}.js`), "utf8");
  const data = dataFolder();
  const { emulator, stack, close } = await openStack(data, { ...(await files()), "index.js": program });
  try {
    await rotate(stack, ROTATIONS.first);
    // The state of a link that has moved once contains more than that of a new one.
    await rotate(stack, ROTATIONS.recorded);
    const state = await stack.pulumi(["stack", "export"]);
    const made = join(stack.folder, "program");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(made).filter((one) => !NOT_THE_PROGRAM.test(one))) {
      cpSync(join(made, file), join(folder, file));
    }
    writeJson(join(folder, STATE_FILE), JSON.parse(state.stdout));
    // Its database is locked while it runs.
    await emulator.close();
    writeJson(join(folder, CONTENTS_FILE), readContents(data));
  } finally {
    await close();
  }
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
