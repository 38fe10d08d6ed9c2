/** A state that a release wrote, with everything needed to continue from it: tests/upgrade/states/RELEASE/NAME. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { ROOT } from "../support/engine/dynamic-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";
import { type EmulatorContents, writeContents } from "./emulator-contents.ts";
import { emulatorArguments, PROGRAMS, ROTATIONS } from "./programs.ts";

export const STATES = join(__dirname, "states");
export const STATE_FILE = "state.json";
export const CONTENTS_FILE = "emulator.json";

export interface RecordedState {
  readonly release: string;
  readonly name: string;
  readonly folder: string;
}

/** The oldest release first. */
export function recordedStates(): readonly RecordedState[] {
  const folders = (parent: string) =>
    existsSync(parent) ? readdirSync(parent).sort((a, b) => a.localeCompare(b, "en", { numeric: true })) : [];
  return folders(STATES).flatMap((release) =>
    folders(join(STATES, release)).map((name) => ({ release, name, folder: join(STATES, release, name) })),
  );
}

/** What the newest release recorded for the first program. */
export function newestState(): RecordedState {
  const found = recordedStates().findLast(({ name }) => name === PROGRAMS[0]?.name);
  if (found === undefined) throw new Error("no state is recorded: node tools/record-state.mjs");
  return found;
}

/** The program and what it reads, by file name. */
export function programFiles(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder).filter((name) => name !== STATE_FILE && name !== CONTENTS_FILE);
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

export interface Restored {
  readonly emulator: EmulatorProcess;
  readonly stack: Stack;
  close(): Promise<void>;
}

/** A stack with the recorded state and program, on an emulator with the recorded contents. */
export async function restore({ folder }: RecordedState): Promise<Restored> {
  const data = dataFolder();
  writeContents(data, JSON.parse(readFileSync(join(folder, CONTENTS_FILE), "utf8")) as EmulatorContents);
  const made = await openStack(data, programFiles(folder));
  const imported = await made.stack.pulumi(["stack", "import", "--file", join(folder, STATE_FILE)]);
  if (imported.code !== 0) throw new Error(imported.all);
  await setRotation(made.stack, ROTATIONS.recorded);
  return made;
}

/** @param data the emulator's folder, which is deleted with the stack */
export async function openStack(data: string, files: Readonly<Record<string, string>>): Promise<Restored> {
  const emulator = await startEmulatorProcess(emulatorArguments(data));
  const stack = await createStack(emulator);
  stack.env.EMULATOR_CONTROL = emulator.control;
  for (const [name, text] of Object.entries(files)) stack.file(name, text);
  return {
    emulator,
    stack,
    async close() {
      stack.close();
      await emulator.close().finally(() => rmSync(data, { recursive: true, force: true }));
    },
  };
}

/** Makes the program use another certificate, and applies it. */
export async function rotate(stack: Stack, rotation: string): Promise<void> {
  await setRotation(stack, rotation);
  await stack.up();
}

async function setRotation(stack: Stack, rotation: string): Promise<void> {
  const { code, all } = await stack.pulumi(["config", "set", "rotation", rotation]);
  if (code !== 0) throw new Error(all);
}

export function dataFolder(): string {
  return mkdtempSync(join(ROOT, ".work", "upgrade-"));
}
