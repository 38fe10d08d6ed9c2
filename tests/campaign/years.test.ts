/**
 * Two virtual years of nightly runs, some skipped, over certificates of 6 to 398 days: signed by the test's own CA for
 * requests of self-managed templates, and issued and renewed by Qwilt. To repeat: `npm run test:campaign --
 * --testPathPatterns years --seed N`; `--size N` is the number of nights.
 */
import { judgeHistory } from "../support/history/checker.ts";
import { campaignOptions } from "../support/random.ts";
import { runYears, type YearsOptions } from "../support/years/years.ts";

const { size: nights, seed } = campaignOptions(730);
/** About two minutes on a quiet machine; a busy one must not fail. */
const MINUTES = 45 * 60_000;
const LIFETIMES = [6, 45, 47, 64, 90, 100, 200, 398];

async function live(options: Omit<YearsOptions, "seed" | "nights">) {
  const before = process.cpuUsage();
  const { problems, history, facts, ...counts } = await runYears({ seed, nights, ...options });
  const { user, system } = process.cpuUsage(before);
  const seconds = Math.round((user + system) / 1_000_000);
  process.stdout.write(
    `${nights} nights, seed ${seed}: ${JSON.stringify(counts)}, ${history.ledger.length} requests, ${seconds} s of a processor\n`,
  );
  expect(problems.slice(0, 10)).toEqual([]);
  expect(judgeHistory(history, facts).slice(0, 5)).toEqual([]);
  return counts;
}

test(
  "each certificate is rotated once per lifetime or renewed by Qwilt, and no night finds or leaves anything else",
  async () => {
    const counts = await live({
      selfManaged: LIFETIMES.map((lifetimeDays) => ({ lifetimeDays, caDays: lifetimeDays === 64 ? 3 : 0 })),
      managedDays: 90,
      managed: [
        { name: "by-template", follows: "template" },
        { name: "by-issuance", follows: "issuance" },
        { name: "foreign", follows: "template", trouble: "foreign", foreignNight: Math.floor(nights / 3) },
        { name: "record", follows: "issuance", trouble: "record" },
      ],
    });
    expect(counts.managed.foreign).toBe(1);
  },
  MINUTES,
);

test.each([6, 45, 47, 64, 100, 200, 398])(
  "sites that Qwilt renews with certificates of %i days never differ",
  async (days) => {
    const { managed } = await live({
      selfManaged: [],
      managedDays: days,
      managed: [{ name: "renewed", follows: days % 2 === 0 ? "template" : "issuance" }],
    });
    // Qwilt renews 30 days before expiry, or when a third is left, and takes half an hour to an hour each time.
    const everyDays = days - Math.min(30, days / 3);
    expect(managed.renewals).toBeGreaterThanOrEqual(Math.floor((nights - 1) / (everyDays + 0.06)));
    expect(managed.renewals).toBeLessThanOrEqual(Math.floor(nights / everyDays));
  },
  MINUTES,
);
