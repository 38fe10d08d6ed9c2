import { type EmulatorProcess, startEmulatorProcess } from "../emulator/emulator-process.ts";
import { createStack, type Stack } from "./stack.ts";

/** An emulator and a stack on it for all tests of a file; both are there from the first test on. */
export function stackOfFile(emulatorOptions: readonly string[] = []): {
  readonly emulator: EmulatorProcess;
  readonly stack: Stack;
} {
  let emulator: EmulatorProcess | undefined;
  let stack: Stack | undefined;
  beforeAll(async () => {
    emulator = await startEmulatorProcess(emulatorOptions);
    stack = await createStack(emulator);
  });
  afterAll(async () => {
    stack?.close();
    await emulator?.close();
  });
  return {
    get emulator() {
      return there(emulator);
    },
    get stack() {
      return there(stack);
    },
  };
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("asked for before the first test");
  return value;
}
