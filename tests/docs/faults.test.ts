/**
 * docs/faults.md is complete, and every outcome in it is the right one for its fault. The campaign verifies the
 * outcomes.
 */
import { unexpectedEnd } from "../support/faults/expected.ts";
import { faultsAt } from "../support/faults/kinds.ts";
import { documented, documentedCalls, WELL } from "../support/faults/table.ts";
import { page } from "./generated.ts";

const text = page("docs/faults.md");
const runs = documentedCalls(text).map(({ flow, calls }) => [flow, calls] as const);

test("the runs of uploaded, managed and self-managed certificates are there", () => {
  const names = runs.map(([name]) => name);
  expect(names).toEqual(
    expect.arrayContaining(["create", "rotate", "destroy", "managed: create", "managed: retrigger"]),
  );
  expect(names).toEqual(expect.arrayContaining(["self-managed: create", "self-managed: rotate"]));
});

test.each(runs)("%s: every fault at every call ends with the code that belongs to it", (flow, calls) => {
  expect(calls.length).toBeGreaterThan(0);
  const program = flow.endsWith("refresh") ? undefined : [];
  const wrong = calls.flatMap((call) =>
    faultsAt(call.name).flatMap((fault) =>
      (fault.onlyOnce ? (["once"] as const) : (["once", "lasting"] as const)).flatMap((times) => {
        const said = documented(text, { flow, call, fault: fault.name, times });
        const hit = { call, fault, times, afterwards: "run again" } as const;
        const problems =
          said === undefined
            ? ["the page does not tell"]
            : unexpectedEnd({ rotates: flow.endsWith("rotate"), program }, hit, said === WELL ? undefined : said);
        return problems.map((problem) => `${call.name} (${call.nth}), ${fault.name} ${times}: ${problem}`);
      }),
    ),
  );
  expect(wrong).toEqual([]);
});
