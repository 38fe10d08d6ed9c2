/**
 * docs/faults.md lists every call of every run: a new or removed call is noticed here, not weeks later in the campaign.
 */
import { page } from "../docs/generated.ts";
import { FLOWS } from "../support/faults/groups.ts";
import { inRuntime, type Lane, startLane } from "../support/faults/lane.ts";
import { callName, documentedCalls } from "../support/faults/table.ts";

jest.setTimeout(120_000);

let lane: Lane;
beforeAll(async () => {
  lane = await startLane(inRuntime);
});
afterAll(() => lane?.close());

const known = documentedCalls(page("docs/faults.md"));

test("docs/faults.md has exactly the runs of the campaign", async () => {
  const flows = (await Promise.all(Object.values(FLOWS).map((make) => make()))).flat();
  expect(known.map(({ flow }) => flow)).toEqual(flows.map(({ name }) => name));
});

test.each(Object.keys(FLOWS))("%s: the calls of each run are those of docs/faults.md", async (group) => {
  for (const flow of (await FLOWS[group]?.()) ?? []) {
    const calls = (await lane.calls(flow)).map(callName);
    const documented = known.find((one) => one.flow === flow.name)?.calls.map(callName) ?? [];
    expect({ flow: flow.name, calls: calls.toSorted() }).toEqual({ flow: flow.name, calls: documented.toSorted() });
  }
});
