/** What counts as a preview. Pulumi leaves an empty list of steps out of its JSON. */
import { assess } from "../../provider/report/assess.ts";
import { readPreview, UnreadablePreview } from "../../provider/report/preview.ts";

const risk = (document: object) => assess(readPreview(JSON.stringify(document)), { now: 0, expiryWarning: "25%" }).risk;

test("a preview that changes nothing has risk none", () => {
  expect(risk({ config: {}, duration: 5, changeSummary: { same: 4 } })).toBe("none");
});

test("a preview that failed before its first step has risk stop", () => {
  expect(risk({ diagnostics: [{ message: "no program", severity: "error" }] })).toBe("stop");
});

const warned = { diagnostics: [{ message: "a new version is available", severity: "warning" }] };

test.each([{}, { version: 3 }, { deployment: {} }, warned])("%j is no preview", (document) => {
  expect(() => risk(document)).toThrow(UnreadablePreview);
});

test("the events of a preview and the update after it are refused", () => {
  const summary = (sequence: number, isPreview: boolean) =>
    JSON.stringify({ sequence, timestamp: 1, summaryEvent: { isPreview, resourceChanges: {} } });
  expect(() => readPreview(`${summary(1, true)}\n${summary(2, false)}\n`)).toThrow("its events are those of an update");
  expect(readPreview(summary(1, true)).planned).toEqual([]);
});
