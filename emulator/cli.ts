import "./lean-heap.ts";
import { startEmulator } from "./emulator.ts";
import { help, readOptions, UsageError } from "./options.ts";

/** A listener that takes longer to close must not delay the exit. */
const longestCloseMs = 800;

/** The command. Resolves once the start line is printed; a signal then ends the process. */
export async function main(argv: readonly string[]): Promise<void> {
  let closing: Promise<void> | undefined;
  let close = async () => {};
  const end = () => {
    closing ??= Promise.race([close(), new Promise<void>((resolve) => setTimeout(resolve, longestCloseMs))]);
    closing.finally(() => process.exit(0));
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  process.on("SIGHUP", end);
  try {
    const options = readOptions(argv, process.env);
    if (options === "help") {
      process.stdout.write(help);
      process.exit(0);
    }
    const emulator = await startEmulator(options);
    close = () => emulator.close();
    process.stdout.write(`${JSON.stringify(emulator.startLine)}\n`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const wrongUsage = error instanceof UsageError;
    process.stderr.write(`qwilt-emulator: ${message}\n${wrongUsage ? "Try qwilt-emulator --help.\n" : ""}`);
    process.exit(wrongUsage ? 2 : 1);
  }
}
