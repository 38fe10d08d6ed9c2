/** The command `pulumi-qwilt`. */
import { readFileSync, writeSync } from "node:fs";
import { EXIT, lintCommand, type Terminal } from "./lint-command.ts";

const USAGE = `Usage: pulumi-qwilt COMMAND

  lint  checks a certificate, its chain and its key; see \`pulumi-qwilt lint --help\`
`;

export function main(args: readonly string[], terminal: Terminal = machine()): number {
  const [command, ...rest] = args;
  if (command === "lint") return lintCommand(rest, terminal);
  if (command === "--help" || command === "-h" || command === "help") {
    terminal.out(USAGE);
    return EXIT.ok;
  }
  const why = command === undefined ? "a command is missing" : `there is no command "${command}"`;
  terminal.error(`pulumi-qwilt: ${why}.\n${USAGE}`);
  return EXIT.wrongUsage;
}

function machine(): Terminal {
  return {
    readFile: (path) => readFileSync(path, "utf8"),
    now: () => Date.now(),
    out: (text) => print(1, text),
    error: (text) => print(2, text),
    colours: process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "",
  };
}

/** Synchronous: a pipe still has everything when the process ends. A reader that has gone away is no failure of ours. */
function print(descriptor: 1 | 2, text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
    }
  }
}
