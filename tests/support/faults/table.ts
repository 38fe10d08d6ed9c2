/** docs/faults.md: the outcome of each fault at each call, as the tests found it. Pure. */
import type { Call } from "./kinds.ts";

export interface Found {
  readonly flow: string;
  readonly call: Call;
  readonly fault: string;
  readonly times: "once" | "lasting";
  /** undefined: the run succeeded anyway. */
  readonly code: string | undefined;
}

export const WELL = "succeeds";

/** One table per run; rows in the order of its calls. */
export function renderFaults(all: readonly Found[]): string {
  const flows = [...new Set(all.map(({ flow }) => flow))];
  return flows
    .map((flow) => {
      const mine = all.filter((one) => one.flow === flow);
      const calls = [...new Set(mine.map(({ call }) => callName(call)))];
      const rows = calls.map((name) => {
        const ofCall = mine.filter(({ call }) => callName(call) === name);
        return `| ${name} | ${outcomes(ofCall, "once")} | ${outcomes(ofCall, "lasting")} |`;
      });
      return [`### ${flow}`, "", "| Call | The fault comes once | The fault lasts |", "|---|---|---|", ...rows].join(
        "\n",
      );
    })
    .join("\n\n");
}

/** `GET /api/v2/sites/{}/certificates` (2) is the second of its kind in the run. */
export function callName({ name, nth }: Call): string {
  return `\`${name}\`${nth === 1 ? "" : ` (${nth})`}`;
}

function outcomes(found: readonly Found[], times: Found["times"]): string {
  const mine = found.filter((one) => one.times === times);
  const codes = [...new Set(mine.map(({ code }) => code ?? WELL))].sort(
    (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
  );
  return codes
    .map((code) => {
      const faults = mine.filter((one) => (one.code ?? WELL) === code).map(({ fault }) => fault);
      const what = faults.length === mine.length && mine.length > 1 ? "all" : faults.join(", ");
      return `${code === WELL ? WELL : `\`${code}\``}: ${what}`;
    })
    .join("; ");
}

function rank(code: string): number {
  return code === WELL ? 0 : 1;
}

/** What the document says about one case; undefined: nothing. */
export function documented(text: string, { flow, call, fault, times }: Omit<Found, "code">): string | undefined {
  const section = text.split(/^### /m).find((part) => part.startsWith(`${flow}\n`));
  const row = section?.split("\n").find((line) => line.startsWith(`| ${callName(call)} |`));
  const cell = row?.split(" | ")[times === "once" ? 1 : 2]?.replace(/ \|$/, "");
  for (const group of cell?.split("; ") ?? []) {
    const [code = "", faults = ""] = group.split(": ");
    if (faults === "all" || faults.split(", ").includes(fault)) return code.replaceAll("`", "");
  }
  return undefined;
}

/** The table of one run as the document has it. */
export function documentedTable(text: string, flow: string): string {
  const section = text.split(/^### /m).find((part) => part.startsWith(`${flow}\n`)) ?? `${flow}\n`;
  return `### ${section.split("<!-- end -->")[0]?.trim() ?? ""}`;
}

/** The calls of each run in the document. */
export function documentedCalls(text: string): readonly { readonly flow: string; readonly calls: readonly Call[] }[] {
  const sections = text.split(/^### /m).slice(1);
  return sections.map((section) => {
    const [flow = "", ...lines] = section.split("\n");
    return { flow, calls: lines.flatMap(callOf) };
  });
}

function callOf(line: string): Call[] {
  const [, name, nth = "1"] = /^\| `([^`]+)`(?: \((\d+)\))? \|/.exec(line) ?? [];
  return name === undefined ? [] : [{ name, nth: Number(nth) }];
}
