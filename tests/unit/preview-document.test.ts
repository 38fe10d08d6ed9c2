/** What counts as a preview. Pulumi leaves an empty list of steps out of its JSON. */
import { assess } from "../../provider/report/assess.ts";
import { readPreview, UnreadablePreview } from "../../provider/report/preview.ts";

const risk = (document: object) => assess(readPreview(JSON.stringify(document)), { now: 0 }).risk;

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

describe("certificates that expire soon", () => {
  const day = (offset: number) => new Date(Date.parse("2026-03-01T00:00:00Z") + offset * 86_400_000).toISOString();
  const validity = (left: number) => ({ notBefore: day(left - 100), notAfter: day(left) });
  const step = (kind: string, op: string, before?: object, wanted?: object) => ({
    op,
    urn: `urn:pulumi:prod::web::pulumi-nodejs:dynamic/qwilt:${kind}::www`,
    ...(before === undefined ? {} : { oldState: { inputs: {}, outputs: before } }),
    ...(wanted === undefined ? {} : { newState: { inputs: wanted, outputs: {} } }),
  });
  const expiring = (one: object, config = {}) =>
    assess(readPreview(JSON.stringify({ config, steps: [one] })), { now: Date.parse(day(0)) }).expiring;

  const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const byHand = "your program only: pass it a new certificate";
  const byQwilt = "Qwilt, while the delegation records are in DNS";

  test.each<[string, object, string | undefined]>([
    ["an unchanged one, from its state", step("Certificate", "same", validity(20), {}), byHand],
    ["the next one, not the current one", step("Certificate", "replace", validity(90), validity(20)), byHand],
    ["one that Qwilt renews", step("CertificateIssuance", "same", validity(20), {}), byQwilt],
    [
      "no current one that is replaced by a longer one",
      step("Certificate", "replace", validity(20), validity(90)),
      undefined,
    ],
    [
      "none that this run renews",
      step("CertificateIssuance", "update", validity(20), { notAfter: UNKNOWN }),
      undefined,
    ],
    ["none that is deleted", step("Certificate", "delete", validity(20)), undefined],
    ["none outside the last quarter of its lifetime", step("Certificate", "same", validity(26), {}), undefined],
    ["none of another kind", step("SiteCertificateLink", "same", validity(20), {}), undefined],
  ])("%s", (_title, one, renewedBy) => {
    const found = expiring(one);
    expect(found.map((each) => [each.renewedBy, each.notAfter])).toEqual(
      renewedBy === undefined ? [] : [[renewedBy, day(20)]],
    );
  });

  test.each([
    ["10", 0],
    ["30", 1],
    ["50%", 1],
    ["not a number", 0],
  ])("qwilt:expiryWarningDays %s of the stack counts", (value, count) => {
    const left = step("Certificate", "same", validity(27), {});
    expect(expiring(left, { "qwilt:expiryWarningDays": value })).toHaveLength(count);
    const events = [
      { sequence: 0, preludeEvent: { config: { "qwilt:expiryWarningDays": value } } },
      {
        sequence: 1,
        resourcePreEvent: { metadata: { op: left.op, urn: left.urn, old: left.oldState, new: left.newState } },
      },
      { sequence: 2, summaryEvent: { isPreview: true } },
    ];
    const log = events.map((event) => JSON.stringify(event)).join("\n");
    expect(assess(readPreview(log), { now: Date.parse(day(0)) }).expiring).toHaveLength(count);
  });
});

test.each([
  ["Authorization: Bearer eyJhbGciOi.J9", "Authorization: Bearer (secret)"],
  ["Authorization: X-API-KEY 5f1e0000-aaaa", "Authorization: X-API-KEY (secret)"],
  ["login?user=a&password=Tr0ub4dor&x=1 failed", "login?user=a&password=(secret) failed"],
  [`{"apiToken": "q-7f31c2", "id": 4}`, `{"apiToken": "(secret)", "id": 4}`],
  ["QWILT_API_KEY=q-7f31c2", "QWILT_API_KEY=(secret)"],
  [
    "set qwilt:password, or QWILT_PASSWORD in the environment",
    "set qwilt:password, or QWILT_PASSWORD in the environment",
  ],
  ["the token is missing", "the token is missing"],
  ["Its key: EC-P256; secret: missing", "Its key: EC-P256; secret: missing"],
])("the message %j of a program is reported as %j", (message, reported) => {
  const [said] = readPreview(JSON.stringify({ steps: [], diagnostics: [{ message, severity: "error" }] })).said;
  expect(said?.text).toBe(reported);
});
