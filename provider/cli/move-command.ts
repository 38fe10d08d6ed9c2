/** `pulumi-qwilt to-native` and `to-dynamic`: a state for the other way to this package. */
import { CannotMove, type Direction, type Moved, moveState } from "../move/move-state.ts";
import { parseCommandLine, refuseUsage } from "./command-line.ts";
import { EXIT, reasonOf, type Terminal } from "./terminal.ts";

const WAYS: Readonly<Record<Direction, { readonly from: string; readonly to: string }>> = {
  native: { from: "dynamic resources (TypeScript)", to: "the native provider (every language)" },
  dynamic: { from: "the native provider", to: "dynamic resources (TypeScript)" },
};

const usageOf = (direction: Direction) => `Usage: pulumi-qwilt to-${direction} [options] [FILE]

Moves a stack from ${WAYS[direction].from} to ${WAYS[direction].to}: reads the output of
\`pulumi stack export\` and prints a state for \`pulumi stack import\`. Only names in the state change; no request is sent
to Qwilt. Keep the exported state until the next preview has shown no changes.

  FILE         the exported state; standard input without it
  --dry-run    print the resources that would move instead of the state
  --json       print them as JSON (with --dry-run)
  --help       print this

Example:
  pulumi stack export > before.json
  pulumi-qwilt to-${direction} before.json > after.json
  pulumi stack import --file after.json

Exit code: 0, or 2 for invalid usage or a state that cannot be moved.
`;

const OPTIONS = {
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** What a dynamic resource needs and this command cannot make up. */
export interface MoveParts {
  readonly providerText: (kind: string) => string;
  readonly newId: () => string;
}

/** @returns the exit code */
export function moveCommand(
  direction: Direction,
  args: readonly string[],
  terminal: Terminal,
  { providerText, newId }: MoveParts,
): number {
  const command = `to-${direction}`;
  const parsed = parseCommandLine(args, OPTIONS);
  if ("why" in parsed) return refuseUsage(command, parsed.why, terminal);
  const { values, positionals } = parsed;
  if (values.help === true) {
    terminal.out(usageOf(direction));
    return EXIT.ok;
  }
  if (positionals.length > 1) return refuseUsage(command, "only one FILE can be given", terminal);
  if (values.json === true && values["dry-run"] !== true)
    return refuseUsage(command, "--json needs --dry-run: the state itself is JSON", terminal);
  const [file = "-"] = positionals;
  let moved: Moved;
  try {
    const text = file === "-" ? terminal.readInput() : terminal.readFile(file);
    moved = moveState(text, { direction, providerText, newId: newId() });
  } catch (error) {
    if (error instanceof CannotMove) return refuse(command, error.message, terminal);
    return refuse(command, `${file === "-" ? "standard input" : file} cannot be read: ${reasonOf(error)}`, terminal);
  }
  if (values["dry-run"] !== true) {
    terminal.out(`${JSON.stringify(moved.state, undefined, 4)}\n`);
    terminal.error(`${summaryOf(moved, direction)}\n`);
    return EXIT.ok;
  }
  if (values.json === true)
    terminal.out(
      `${JSON.stringify({ resources: moved.resources, withoutTimeouts: moved.withoutTimeouts }, undefined, 2)}\n`,
    );
  else
    terminal.out(
      [...moved.resources.map(({ from, to }) => `${from}\n  -> ${to}`), summaryOf(moved, direction), ""].join("\n"),
    );
  return EXIT.ok;
}

function summaryOf({ resources: { length }, withoutTimeouts }: Moved, direction: Direction): string {
  if (length === 0) return `pulumi-qwilt to-${direction}: the state has no resource to move.`;
  const lines = [`${length} ${length === 1 ? "resource" : "resources"} moved to ${WAYS[direction].to}.`];
  if (withoutTimeouts.length > 0) {
    const names = withoutTimeouts.map((urn) => urn.split("::").slice(2).join(" ")).join(", ");
    lines.push(`Dynamic resources have no customTimeouts: set the argument \`timeouts\` of ${names}.`);
  }
  return lines.map((line) => `pulumi-qwilt to-${direction}: ${line}`).join("\n");
}

function refuse(command: string, why: string, terminal: Terminal): number {
  terminal.error(`pulumi-qwilt ${command}: ${why}.\n`);
  return EXIT.wrongUsage;
}
