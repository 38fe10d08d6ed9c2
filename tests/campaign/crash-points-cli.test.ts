/**
 * The whole CLI is killed before, during and after every request of a run; then a user runs again. The points are those
 * of an undisturbed run, so a new call is covered automatically. `npm run test:campaign -- --testPathPatterns
 * crash-points-cli --size 5` takes five points of each run.
 */
import { crashEverywhere, crashScenarios } from "../support/kills/campaign.ts";

jest.setTimeout(45 * 60_000);

test.each(["create", "rotate", "reconfigure and rotate", "delete"])(
  "the CLI with everything below it may be killed at any request of: %s; two more runs at most bring what is wanted, and every invariant holds",
  async (name) => {
    const scenario = (await crashScenarios()).find((one) => one.name === name);
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
    await crashEverywhere(scenario, "cli");
  },
);
