/** `pulumi-qwilt promotion status`: which certificate each stack serves, and what the next stack still needs. */
import { promotionStatus, readStack, type StackStatus, UnreadableState } from "../report/promotion.ts";
import { renderPromotion } from "../report/promotion-text.ts";
import { parseCommandLine, refuseUsage } from "./command-line.ts";
import { EXIT, reasonOf, type Terminal } from "./terminal.ts";

export const PROMOTION_USAGE = `Usage: pulumi-qwilt promotion status [options] STACK[=FILE]...

Shows for each stack, in promotion order, the certificate of its links, since when it has been live and how that was
observed, and what the next stack still needs before it can use the same certificate. Reads only the states of the
stacks, as last refreshed; sends no request to Qwilt.

  STACK           runs \`pulumi stack export --stack STACK\` in this folder
  STACK=FILE      reads the output of that command from FILE; - is standard input

  --json          print JSON
  --now TIME      count ages from this time (ISO 8601) instead of now
  --help          print this

Example: pulumi-qwilt promotion status dev staging prod

Exit code: 0, or 2 for invalid usage or a state that cannot be read.
`;

const OPTIONS = {
  json: { type: "boolean" },
  now: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** @returns the output of the program @throws with the program's own message when it fails */
export type RunProgram = (program: string, args: readonly string[]) => string;

/** @returns the exit code (fixed) */
export function promotionCommand(args: readonly string[], terminal: Terminal, run: RunProgram): number {
  const parsed = parseCommandLine(args, OPTIONS);
  if ("why" in parsed) return refuseUsage("promotion", parsed.why, terminal);
  const { values, positionals } = parsed;
  if (values.help === true) {
    terminal.out(PROMOTION_USAGE);
    return EXIT.ok;
  }
  const [action, ...sources] = positionals;
  const now = values.now === undefined ? terminal.now() : Date.parse(values.now);
  if (action !== "status")
    return refuseUsage("promotion", action === undefined ? "status is missing" : `there is no "${action}"`, terminal);
  if (Number.isNaN(now))
    return refuseUsage("promotion", `--now takes a time in ISO 8601, not "${values.now}"`, terminal);
  if (sources.length === 0) return refuseUsage("promotion", "a STACK is missing", terminal);
  const stacks: StackStatus[] = [];
  for (const source of sources) {
    const found = stackOf(source, terminal, run);
    if ("why" in found) return refuseUsage("promotion", found.why, terminal);
    if (stacks.some(({ stack }) => stack === found.stack))
      return refuseUsage("promotion", `${found.stack} is given twice`, terminal);
    stacks.push(found);
  }
  const status = promotionStatus(stacks, now);
  terminal.out(values.json === true ? `${JSON.stringify(status, undefined, 2)}\n` : renderPromotion(status));
  return EXIT.ok;
}

function stackOf(source: string, terminal: Terminal, run: RunProgram): StackStatus | { readonly why: string } {
  const at = source.indexOf("=");
  const [stack, file] = at === -1 ? [source, undefined] : [source.slice(0, at), source.slice(at + 1)];
  if (stack === "") return { why: `"${source}" has no STACK` };
  const name = file === undefined ? `the state of ${stack}` : file === "-" ? "standard input" : file;
  try {
    if (file === undefined) return readStack(stack, run("pulumi", ["stack", "export", "--stack", stack]));
    return readStack(stack, file === "-" ? terminal.readInput() : terminal.readFile(file));
  } catch (error) {
    if (error instanceof UnreadableState)
      return { why: `${name} is not the output of \`pulumi stack export\`: ${error.message}` };
    return { why: `${name} cannot be read: ${reasonOf(error)}` };
  }
}
