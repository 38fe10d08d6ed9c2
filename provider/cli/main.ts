/** The command `pulumi-qwilt`. */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { providerText } from "../engine/dynamic/provider-text.ts";
import { lintCommand } from "./lint-command.ts";
import { moveCommand } from "./move-command.ts";
import { promotionCommand } from "./promotion-command.ts";
import { reportCommand } from "./report-command.ts";
import { EXIT, type Terminal } from "./terminal.ts";

const USAGE = `Usage: pulumi-qwilt COMMAND

  lint       checks a certificate, its chain and its key
  report     shows what a preview means for traffic, for the review of a pull request
  promotion  shows which certificate each stack serves, and what the next stack still needs
  to-native, to-dynamic
             moves the state of a stack to the native provider, or back to dynamic resources

\`pulumi-qwilt COMMAND --help\` shows the options.
`;

export function main(args: readonly string[], terminal: Terminal = machine()): number {
  const [command, ...rest] = args;
  if (command === "lint") return lintCommand(rest, terminal);
  if (command === "report") return reportCommand(rest, terminal);
  if (command === "promotion") return promotionCommand(rest, terminal, runProgram);
  if (command === "to-native" || command === "to-dynamic") {
    const direction = command === "to-native" ? "native" : "dynamic";
    return moveCommand(direction, rest, terminal, { providerText, newId: randomUUID });
  }
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
    readInput: () => readFileSync(0, "utf8"),
    writeFile: (path, text) => writeFileSync(path, text),
    now: () => Date.now(),
    out: (text) => print(1, text),
    error: (text) => print(2, text),
    colours: process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "",
  };
}

const MOST_OUTPUT_BYTES = 1024 ** 3;

function runProgram(program: string, args: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    maxBuffer: MOST_OUTPUT_BYTES,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (error !== undefined)
    throw "code" in error && error.code === "ENOENT" ? new Error(`there is no ${program} in PATH`) : error;
  if (status !== 0) throw new Error(stderr.trim().replace(/^error: /, ""));
  return stdout;
}

/**
 * Synchronous, so that a pipe receives everything before the process ends. A reader that has closed the pipe is not
 * an error.
 */
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
