/** A sample of tests/campaign/interleavings.test.ts: always the same 20 schedules. */
import { openStage, type Stage } from "../support/interleavings/interleaving.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

test("two programs and an outsider on one site lose no change in any of 20 schedules", async () => {
  const failed: string[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    const { findings, outcomes, trace } = await stage.play(seed);
    if (findings.length > 0)
      failed.push(`seed ${seed}: ${findings.join("; ")} (${outcomes.join(", ")})\n  ${trace.join(", ")}`);
  }
  expect(failed).toEqual([]);
}, 300_000);

test("a seed repeats the same schedule", async () => {
  const first = await stage.play(12);
  expect((await stage.play(12)).trace).toEqual(first.trace);
});
