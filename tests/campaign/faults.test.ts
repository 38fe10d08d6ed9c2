/**
 * Every call of every run, with every fault: the run continues, or ends with an error that says what to do; doing that
 * gives the wanted result; the invariants hold. docs/faults.md is the table of the results (QWILT_UPDATE_DOCS=1). `npm
 * run test:campaign -- --testPathPatterns campaign/faults --size 100` takes a hundred cases, spread evenly.
 */
import { expectGenerated, page } from "../docs/generated.ts";
import { type FaultCase, faultCases, nameOfCase, runFaultCases } from "../support/faults/campaign.ts";
import { unexpectedEnd } from "../support/faults/expected.ts";
import { FLOWS } from "../support/faults/groups.ts";
import { inRuntime, startLanes } from "../support/faults/lane.ts";
import { documented, documentedTable, type Found, renderFaults, WELL } from "../support/faults/table.ts";

jest.setTimeout(60 * 60_000);

test.each(Object.keys(FLOWS))(
  "%s: a fault at any call of any run ends as docs/faults.md says, and what a user does next brings what is wanted",
  async (group) => {
    const lanes = await startLanes(inRuntime);
    try {
      const all = await faultCases((await FLOWS[group]?.()) ?? [], lanes);
      const ended = await runFaultCases(all, lanes, group);
      const wrong = ended.flatMap(({ one, outcome }) => {
        const problems = [...outcome.problems, ...unexpectedEnd(one.flow, one.hit, outcome.code)];
        return problems.length === 0 ? [] : [`${nameOfCase(one)}:\n  ${[...problems, ...outcome.words].join("\n  ")}`];
      });
      if (wrong.length > 0) throw new Error(`${wrong.length} of ${ended.length} went wrong\n${wrong.join("\n")}`);
      const found = ended.map(({ one, outcome }) => foundIn(one, outcome.code));
      const whole = flowsOf(all).filter((flow) => countOf(ended, flow) === countOf(all, flow));
      const tables = flowsOf(all).map((flow) =>
        whole.includes(flow)
          ? renderFaults(found.filter((one) => one.flow === flow))
          : documentedTable(page("docs/faults.md"), flow),
      );
      expectGenerated("docs/faults.md", `faults ${group}`, tables.join("\n\n"));
      expect(found.filter(({ flow }) => !whole.includes(flow)).flatMap(undocumented)).toEqual([]);
    } finally {
      await lanes.close();
    }
  },
);

const flowsOf = (cases: readonly FaultCase[]) => [...new Set(cases.map(({ flow }) => flow.name))];

function countOf(cases: readonly (FaultCase | { readonly one: FaultCase })[], name: string): number {
  return cases.filter((each) => ("one" in each ? each.one : each).flow.name === name).length;
}

function foundIn({ flow, hit }: FaultCase, code: string | undefined): Found {
  return { flow: flow.name, call: hit.call, fault: hit.fault.name, times: hit.times, code };
}

/** A sample is compared as well, row by row. */
function undocumented(found: Found): string[] {
  const said = documented(page("docs/faults.md"), found);
  const code = found.code ?? WELL;
  return said === code ? [] : [`${JSON.stringify(found)}: docs/faults.md says ${said ?? "nothing"}`];
}
