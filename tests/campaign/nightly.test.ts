/**
 * 24 virtual months over 20 sites with 47-day certificates, one run per night, with failing requests, failed publishes
 * and killed processes. To repeat: `npm run test:campaign -- --testPathPatterns nightly --seed N`; `--size N` is the
 * number of nights.
 */
import { judgeHistory } from "../support/history/checker.ts";
import { campaignOptions } from "../support/random.ts";
import { runNights } from "../support/years/nightly.ts";

test(
  "every site serves a valid certificate in every night of two years, and no run needs a person",
  async () => {
    const { size: nights, seed } = campaignOptions(730);
    const report = await runNights({ seed, nights, sites: 20, lifetimeDays: 47, renewBeforeDays: 15 });
    const { history, facts, needsPerson, ...counts } = report;
    process.stdout.write(
      `${nights} nights, seed ${seed}: ${JSON.stringify(counts)}, ${history.ledger.length} requests, ${history.edge.length} changes of the edge\n`,
    );
    expect(needsPerson.slice(0, 5)).toEqual([]);
    expect(judgeHistory(history, facts).slice(0, 5)).toEqual([]);
  },
  45 * 60_000,
);

test("a program that renews a day too late is detected", async () => {
  const { history, facts } = await runNights({ seed: 1, nights: 50, sites: 2, lifetimeDays: 47, renewBeforeDays: -1 });
  expect(judgeHistory(history, facts).map(({ invariant }) => invariant)).toContain(3);
}, 120_000);
