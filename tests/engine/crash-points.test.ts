/** A sample of tests/campaign/crash-points*.test.ts: the moments of a rotation at which a kill would hurt most. */
import { crashScenarios, pointName } from "../support/crash-campaign.ts";
import { type Prepared, prepare, type Victim } from "../support/crash-points.ts";
import type { Point } from "../support/gate.ts";

const prepared = new Map<string, Prepared>();

beforeAll(async () => {
  for (const scenario of await crashScenarios()) {
    if (scenario.name === "rotate" || scenario.name === TOGETHER) prepared.set(scenario.name, await prepare(scenario));
  }
});
afterAll(async () => {
  for (const one of prepared.values()) await one.close();
});

const TOGETHER = "reconfigure and rotate";
const link = "/api/v2/sites/{}/certificates";
const publish = "POST /api/v2/sites/{}/publishing-operations";
const cases: readonly [string, Victim, Point, string?][] = [
  [
    "the provider dies when the upload is done",
    "provider",
    { name: "POST /api/v2/certificates", nth: 1, moment: "done" },
  ],
  ["the provider dies between unlink and link", "provider", { name: `POST ${link}`, nth: 1, moment: "before" }],
  ["the whole CLI dies when the unlink is done", "cli", { name: `DELETE ${link}/{}`, nth: 1, moment: "done" }],
  [
    "the whole CLI dies when the republish is done",
    "cli",
    { name: `${publish}/actions/republish`, nth: 1, moment: "done" },
  ],
  [
    "with a new revision, the provider dies between link and publish",
    "provider",
    { name: publish, nth: 1, moment: "before" },
    TOGETHER,
  ],
  [
    "with a new revision, the whole CLI dies when the publish is done",
    "cli",
    { name: publish, nth: 1, moment: "done" },
    TOGETHER,
  ],
];

test.each(cases)("%s: the next run brings what is wanted, and every invariant holds", async (...args) => {
  const [_title, victim, point, name = "rotate"] = args;
  const scenario = prepared.get(name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  expect(scenario.points.map(pointName)).toContain(pointName(point));
  const { problems, runs, log } = await scenario.crash(point, victim);
  if (problems.length > 0) process.stdout.write(log);
  expect(problems).toEqual([]);
  expect(runs).toBe(1);
});
