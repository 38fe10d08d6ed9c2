/**
 * Two programs and an outsider on one site, in 1,000 seeded orders. To repeat one seed: `npm run test:campaign --
 * --testPathPatterns interleavings --seed N --size 1`.
 */
import { openStage, type Stage } from "../support/interleavings/interleaving.ts";
import { campaignOptions } from "../support/random.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

test(
  "no order of two programs and an outsider on one site loses a change or publishes in vain",
  async () => {
    const { size, seed: first } = campaignOptions(1_000);
    const failed: string[] = [];
    const counts = new Map<string, number>();
    const count = (what: string, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by);
    for (let seed = first; seed < first + size; seed++) {
      const { findings, gaps, races, outcomes, trace } = await stage.play(seed);
      count("publishes that fell into another's gap", gaps);
      count("publishes that raced", races);
      for (const outcome of outcomes) count(outcome);
      if (findings.length === 0) continue;
      failed.push(`seed ${seed}: ${findings.join("; ")} (${outcomes.join(", ")})\n  ${trace.join(", ")}`);
    }
    const lines = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, many]) => `  ${many} ${what}`);
    process.stdout.write(
      `${size} schedules from seed ${first}, ${failed.length} with findings:\n${lines.join("\n")}\n`,
    );
    expect(failed.slice(0, 10)).toEqual([]);
  },
  45 * 60_000,
);
