/** What the commands' argument parsing has in common. */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { EXIT, type Terminal } from "./terminal.ts";

/** Options and positional arguments, or why they cannot be read. */
export function parseCommandLine<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  allowPositionals = true,
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { why: why.split(/\. |\n/)[0] ?? why };
  }
}

/** Says what is wrong with the usage of a command. @returns its exit code */
export function refuseUsage(command: string, why: string, terminal: Terminal): number {
  terminal.error(`pulumi-qwilt ${command}: ${why}.\nTry \`pulumi-qwilt ${command} --help\`.\n`);
  return EXIT.wrongUsage;
}
