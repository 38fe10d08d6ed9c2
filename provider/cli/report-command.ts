/** `pulumi-qwilt report`: what a preview means for traffic, for the reviewer of a pull request. */
import { type Policy, readPolicies, UnreadablePolicies } from "../policies/policy-file.ts";
import { assess } from "../report/assess.ts";
import { renderMarkdown } from "../report/markdown.ts";
import { readPreview, UnreadablePreview } from "../report/preview.ts";
import { type Report, RISKS } from "../report/report.ts";
import { renderText } from "../report/text.ts";
import { parseCommandLine, refuseUsage } from "./command-line.ts";
import { EXIT, reasonOf, type Terminal } from "./terminal.ts";

export const REPORT_USAGE = `Usage: pulumi preview --json --show-sames | pulumi-qwilt report [options] [FILE]

Shows what a preview means for traffic: the risk, and for each site the certificate now and next, the steps and the
publishes. Reads the output of \`pulumi preview --json --show-sames\`, or the engine's events (\`--event-log\`), from FILE
or from standard input. Works offline.

  --format FORMAT   markdown (default), text or json
  --output FILE     write to this file instead of standard output
  --fail-on RISK    exit with code 1 if the risk is RISK or higher: review or stop
  --policy FILE     check the preview against the policies in this JSON file (docs/policies.md); a violated mandatory
                    policy makes the risk stop
  --now TIME        count days from this time (ISO 8601) instead of today
  --help            print this

Risk: none (nothing changes on the edge), brief (as planned, no secured host loses its certificate), review (a person has
to decide), stop (\`pulumi up\` would fail, or a mandatory policy is violated).

Exit code: 0, 1 because of --fail-on, or 2 for invalid usage or input that is not a preview.
`;

const OPTIONS = {
  format: { type: "string", default: "markdown" },
  output: { type: "string" },
  "fail-on": { type: "string" },
  policy: { type: "string" },
  now: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const FORMATS: Readonly<Record<string, (report: Report, now: number) => string>> = {
  markdown: renderMarkdown,
  text: renderText,
  json: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
};

/** @returns the exit code (fixed) */
export function reportCommand(args: readonly string[], terminal: Terminal): number {
  const parsed = parseCommandLine(args, OPTIONS);
  if ("why" in parsed) return refuseUsage("report", parsed.why, terminal);
  const { values, positionals } = parsed;
  if (values.help === true) {
    terminal.out(REPORT_USAGE);
    return EXIT.ok;
  }
  const render = FORMATS[values.format];
  const failOn = values["fail-on"];
  const now = values.now === undefined ? terminal.now() : Date.parse(values.now);
  if (render === undefined)
    return refuseUsage("report", `--format is markdown, text or json, not "${values.format}"`, terminal);
  if (failOn !== undefined && failOn !== "review" && failOn !== "stop")
    return refuseUsage("report", `--fail-on is review or stop, not "${failOn}"`, terminal);
  if (Number.isNaN(now)) return refuseUsage("report", `--now takes a time in ISO 8601, not "${values.now}"`, terminal);
  if (positionals.length > 1) return refuseUsage("report", "one FILE at most", terminal);

  const [file] = positionals;
  const source = file === undefined || file === "-" ? "standard input" : file;
  let text: string;
  try {
    text = file === undefined || file === "-" ? terminal.readInput() : terminal.readFile(file);
  } catch (error) {
    return refuseUsage("report", `${source} cannot be read: ${reasonOf(error)}`, terminal);
  }
  let policies: readonly Policy[] | undefined;
  try {
    policies = values.policy === undefined ? undefined : readPolicies(terminal.readFile(values.policy));
  } catch (error) {
    const why = error instanceof UnreadablePolicies ? `is no policy file: ${error.message}` : undefined;
    return refuseUsage("report", `${values.policy} ${why ?? `cannot be read: ${reasonOf(error)}`}`, terminal);
  }
  let report: Report;
  try {
    report = assess(readPreview(text), { now, policies });
  } catch (error) {
    if (!(error instanceof UnreadablePreview)) throw error;
    return refuseUsage(
      "report",
      `${source} is not the output of \`pulumi preview --json\`: ${error.message}`,
      terminal,
    );
  }
  const rendered = render(report, now);
  try {
    if (values.output === undefined) terminal.out(rendered);
    else terminal.writeFile(values.output, rendered);
  } catch (error) {
    return refuseUsage("report", `${values.output} cannot be written: ${reasonOf(error)}`, terminal);
  }
  const isOver = failOn !== undefined && RISKS.indexOf(report.risk) >= RISKS.indexOf(failOn);
  return isOver ? EXIT.errorsFound : EXIT.ok;
}
