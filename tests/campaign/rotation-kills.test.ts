/** Always in the campaigns, whatever crash-points*.test.ts has time for: the moments of a rotation at which a kill would do most harm. */

import type { Point } from "../support/emulator/gate.ts";
import { crashScenarios, pointName } from "../support/kills/campaign.ts";
import { type Prepared, prepare, type Victim } from "../support/kills/crash-points.ts";

let rotate: Prepared;

beforeAll(async () => {
  const scenario = (await crashScenarios()).find(({ name }) => name === "rotate");
  if (scenario === undefined) throw new Error("there is no such scenario");
  rotate = await prepare(scenario);
});
afterAll(() => rotate?.close());

const link = "/api/v2/sites/{}/certificates";
const cases: readonly [string, Victim, Point][] = [
  [
    "the provider dies when the upload is done",
    "provider",
    { name: "POST /api/v2/certificates", nth: 1, moment: "done" },
  ],
  ["the whole CLI dies when the unlink is done", "cli", { name: `DELETE ${link}/{}`, nth: 1, moment: "done" }],
];

test.each(cases)("%s: the next run brings what is wanted, and every invariant holds", async (_title, victim, point) => {
  expect(rotate.points.map(pointName)).toContain(pointName(point));
  const { problems, runs, log } = await rotate.crash(point, victim);
  if (problems.length > 0) process.stdout.write(log);
  expect(problems).toEqual([]);
  expect(runs).toBe(1);
});
