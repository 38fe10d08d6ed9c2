/** As years.test.ts, but always the same nights, with short lifetimes and every kind of event, and a strict Qwilt. */
import { judgeHistory } from "../support/history/checker.ts";
import { runYears } from "../support/years/years.ts";

test("40 nights over certificates of 6 and 15 days find and leave nothing that was not due, with a strict Qwilt", async () => {
  const { problems, rotations, managed, history, facts } = await runYears({
    seed: 12,
    nights: 40,
    selfManaged: [
      { lifetimeDays: 6, caDays: 0, tellsLifetime: true },
      { lifetimeDays: 6, caDays: 0, tellsLifetime: false },
    ],
    managedDays: 15,
    managed: [
      { name: "foreign", follows: "template", trouble: "foreign", foreignNight: 12 },
      { name: "record", follows: "issuance", trouble: "record" },
    ],
    strict: true,
  });
  expect(problems).toEqual([]);
  expect(judgeHistory(history, facts)).toEqual([]);
  for (const name of ["self-managed-6", "self-managed-6-looked-up"]) {
    expect(rotations[name]).toBeGreaterThanOrEqual(8);
    // The first three days of its lifetime are before the renewal window.
    expect(rotations[name]).toBeLessThanOrEqual(13);
  }
  expect(managed.renewals).toBeGreaterThanOrEqual(4);
  expect(managed.retriggers).toBeGreaterThanOrEqual(1);
  expect(managed.foreign).toBe(1);
}, 240_000);
