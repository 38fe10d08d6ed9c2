import { systemClock } from "../../provider/core/clock.ts";
import { poll } from "../../provider/core/poll.ts";
import { PROMPT_MS } from "../support/prompt.ts";
import { testClock } from "../support/test-clock.ts";

test("the first probe with a result ends it", async () => {
  const clock = testClock();
  let looks = 0;
  const polled = await poll({
    clock,
    deadlineMs: clock.now() + 60_000,
    intervalMs: (n) => 100 * (n + 1),
    probe: async () => (++looks === 3 ? "found" : undefined),
  });
  expect(polled).toEqual({ kind: "done", value: "found" });
  expect(clock.slept).toEqual([100, 200]);
});

test("falsy values are results", async () => {
  const clock = testClock();
  const polled = await poll({ clock, deadlineMs: 0, intervalMs: () => 1, probe: async () => 0 });
  expect(polled).toEqual({ kind: "done", value: 0 });
});

test("the last probe runs at the deadline, not after it", async () => {
  const clock = testClock();
  const startedAt = clock.now();
  const looks: number[] = [];
  const polled = await poll({
    clock,
    deadlineMs: startedAt + 1_000,
    intervalMs: () => 400,
    probe: async () => void looks.push(clock.now() - startedAt),
  });
  expect(polled).toEqual({ kind: "deadline" });
  expect(looks).toEqual([0, 400, 800, 1_000]);
});

test("a deadline that has passed still gives one probe", async () => {
  const clock = testClock();
  const polled = await poll({ clock, deadlineMs: clock.now() - 1, intervalMs: () => 1, probe: async () => "there" });
  expect(polled).toEqual({ kind: "done", value: "there" });
});

test("an interval of zero does not spin", async () => {
  const clock = testClock();
  await poll({ clock, deadlineMs: clock.now() + 3, intervalMs: () => 0, probe: async () => undefined });
  expect(clock.slept).toEqual([1, 1, 1]);
});

test("an error of a probe ends it", async () => {
  const clock = testClock();
  const polling = poll({
    clock,
    deadlineMs: clock.now() + 1_000,
    intervalMs: () => 1,
    probe: () => Promise.reject(new Error("broken")),
  });
  await expect(polling).rejects.toThrow("broken");
});

test("after an abort before the first probe there is none", async () => {
  const probe = jest.fn(async () => undefined);
  const polled = await poll({
    clock: testClock(),
    signal: AbortSignal.abort(),
    deadlineMs: 0,
    intervalMs: () => 1,
    probe,
  });
  expect(polled).toEqual({ kind: "aborted" });
  expect(probe).not.toHaveBeenCalled();
});

test("an abort ends a long pause within a second", async () => {
  const abort = new AbortController();
  const startedAt = Date.now();
  const polled = await poll({
    clock: systemClock,
    signal: abort.signal,
    deadlineMs: startedAt + 60_000,
    intervalMs: () => 60_000,
    probe: async () => void setImmediate(() => abort.abort()),
  });
  expect(polled).toEqual({ kind: "aborted" });
  expect(Date.now() - startedAt).toBeLessThan(PROMPT_MS);
});

test("an abort abandons a hanging probe, and its late failure is ignored", async () => {
  const abort = new AbortController();
  let fail: (error: Error) => void = () => undefined;
  const polling = poll({
    clock: systemClock,
    signal: abort.signal,
    deadlineMs: Date.now() + 60_000,
    intervalMs: () => 1,
    probe: () =>
      new Promise((_resolve, reject) => {
        fail = reject;
        setImmediate(() => abort.abort());
      }),
  });
  expect(await polling).toEqual({ kind: "aborted" });
  fail(new Error("late"));
});
