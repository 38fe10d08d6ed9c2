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

const urn = "urn:pulumi:prod::web::pulumi-nodejs:dynamic/qwilt:Certificate::www";
const state = (fingerprint: string) => ({ inputs: { fingerprint }, outputs: { fingerprint } });
const refresh = { op: "refresh", urn, oldState: state("old"), newState: state("old") };
const replacement = { op: "create-replacement", urn, newState: state("new") };

test("a replacement after a refresh has the wanted inputs of the replacement, in any order", () => {
  const steps = [refresh, { op: "replace", urn, oldState: state("old"), newState: state("new") }, replacement];
  for (const order of [steps, steps.toReversed()]) {
    expect(readPreview(JSON.stringify({ steps: order })).planned).toEqual([
      expect.objectContaining({ op: "replace", before: { fingerprint: "old" }, wanted: { fingerprint: "new" } }),
    ]);
  }
});

test("a resource that is only refreshed stays as it is, and keeps its messages", () => {
  const diagnostics = [{ urn, message: "certificate 2 was unlinked", severity: "warning" }];
  expect(readPreview(JSON.stringify({ steps: [refresh], diagnostics })).planned).toEqual([
    expect.objectContaining({ op: "same", said: [{ severity: "warning", text: "certificate 2 was unlinked" }] }),
  ]);
});
