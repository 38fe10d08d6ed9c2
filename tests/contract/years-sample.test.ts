/** A sample of tests/campaign/years.test.ts: always the same nights, over short lives and everything that can happen to them. */
import { judgeHistory } from "../support/history-checker.ts";
import { runYears } from "../support/years.ts";

test.each([false, true])(
  "a quarter of nightly runs rotates and renews every certificate in time (strict: %s)",
  async (strict) => {
    const { problems, rotations, managed, history, facts } = await runYears({
      seed: 12,
      nights: 90,
      selfManaged: [6, 47].map((lifetimeDays) => ({ lifetimeDays, caDays: 0 })),
      managedDays: 15,
      managed: [
        { name: "by-template", follows: "template" },
        { name: "foreign", follows: "issuance", trouble: "foreign", foreignNight: 20 },
        { name: "record", follows: "issuance", trouble: "record" },
      ],
      strict,
    });
    expect(problems).toEqual([]);
    expect(judgeHistory(history, facts)).toEqual([]);
    expect(rotations).toEqual({ "self-managed-6": expect.any(Number), "self-managed-47": expect.any(Number) });
    expect(Math.min(...Object.values(rotations))).toBeGreaterThanOrEqual(2);
    expect(managed).toMatchObject({ foreign: 1 });
    expect(managed.retriggers).toBeGreaterThanOrEqual(2);
  },
  120_000,
);
