/** Reports on previews of the real CLI, and what each has to hold to: its golden file, its risk, and the same from its events. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "../../../provider/cli/main.ts";
import { expectFile } from "../../docs/generated.ts";
import type { Stack } from "../engine/stack.ts";
import type { Given, ReportCase } from "./cases.ts";
import { settled } from "./settle.ts";

/** What one preview printed, and its event log. */
export interface Previewed {
  readonly json: string;
  readonly events: string;
}

const policies = `{"rollback-off": "mandatory", "link-deletion": "mandatory"}`;

export function report(input: string, ...args: string[]) {
  let [out, error] = ["", ""];
  const code = main(["report", ...args], {
    readFile: (path) => (path === "policies.json" ? policies : input),
    readInput: () => input,
    writeFile: () => undefined,
    now: () => Date.now(),
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    colours: false,
  });
  return { code, out, error };
}

/** The time that reports count from: a golden file does not depend on the time of day. */
export const atNoon = ({ today }: Given) => ["--now", new Date(today + 43_200_000).toISOString()] as const;

/** Previews, and compares the report with its golden file. */
export async function expectReport(
  { name, risk, riskByEvents, program, args = [] }: ReportCase,
  given: Given,
  stack: Stack,
): Promise<Previewed> {
  stack.write(program(given));
  const log = join(stack.folder, `${name}.log`);
  const options = ["--json", "--show-sames", "--event-log", log, ...args];
  const { stdout: json } = await stack.pulumi(["preview", ...options], { PULUMI_DEBUG_COMMANDS: "true" });
  const events = readFileSync(log, "utf8");
  const now = atNoon(given);
  const { out, error } = report(json, ...now);
  expect(error).toBe("");
  expectFile(`tests/golden/report/${name}.md`, settled(out, json, given));
  expect(out).toContain(`**Risk: ${risk}.**`);
  expect(JSON.parse(report(json, ...now, "--format", "json").out)).toMatchObject({ risk });
  const byEvents = report(events, ...now).out;
  if (riskByEvents === undefined) expect(byEvents).toBe(out);
  else expect(byEvents).toContain(`**Risk: ${riskByEvents}.**`);
  return { json, events };
}
