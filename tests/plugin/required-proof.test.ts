/** `requires` of a link in Pulumi's own provider process: what check and diff say, without a call. */
import { providerText } from "../../provider/engine/dynamic/provider-text.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { type DynamicProcess, startDynamicProcess, UNKNOWN_VALUE } from "../support/engine/dynamic-process.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);
const HOUR_MS = 3_600_000;
const at = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

let emulator: EmulatorProcess;
let link: DynamicProcess;
beforeAll(async () => {
  emulator = await startEmulatorProcess();
  const config = { "qwilt:endpoint": emulator.api, "qwilt:apiKey": emulator.apiKey };
  link = await startDynamicProcess({ text: providerText("SiteCertificateLink"), config });
});
afterAll(async () => {
  // Nothing of this file asks Qwilt.
  expect(await emulator?.ledger()).toEqual([]);
  await link?.close();
  await emulator?.close();
});

const proof = {
  siteId: "s2",
  target: "staging",
  fingerprint: B,
  publishId: "p7",
  activatedAt: at(-2),
  notAfter: at(900),
  seen: "handshake",
};
const olds = { siteId: "s1", certificateId: 25, fingerprint: A, dnsNames: ["www.example.com"], ipAddresses: [] };
const news = { ...olds, certificateId: 31, fingerprint: B, notAfter: at(900) };
const good = { proof, minAgeMinutes: 60, seenBy: "handshake", stack: "staging" };
const targets = { ga: { publishId: "p1", publishStatus: "Success", activatedAt: at(-90), certificateId: 25 } };
const outputs = { ...olds, linkedCertificateId: 25, ownCertificateId: 25, targets };

test.each<[string, object, RegExp]>([
  [
    "missing",
    { minAgeMinutes: 60, stack: "staging" },
    /missing: stack staging .*`pulumi up --refresh --stack staging`/,
  ],
  ["null", { ...good, proof: null }, /is missing/],
  [
    "no proof",
    { ...good, proof: { certificateId: 31 } },
    /not one of a SiteCertificateLink: its siteId is missing or wrong/,
  ],
  [
    "too young",
    { ...good, minAgeMinutes: 180 },
    /too young: .* since 20.*, for 1(19|20|21) minutes of 180; (59|60|61) minutes are left/,
  ],
  [
    "of the certificate that production has",
    { ...good, proof: { ...proof, fingerprint: A, notAfter: at(200) } },
    /earlier certificate/,
  ],
  [
    "of another one",
    { ...good, proof: { ...proof, fingerprint: "c".repeat(64) } },
    /another certificate|an earlier certificate/,
  ],
  ["expired", { ...good, proof: { ...proof, notAfter: at(-1) } }, /expired at/],
  ["seen by the API only", { ...good, proof: { ...proof, seen: "api" } }, /only by Qwilt's API/],
])("a proof that is %s is a check failure, for a new link and for a change", async (_title, requires, told) => {
  for (const before of [{}, olds]) {
    const { failures } = await link.check(before, { ...news, requires });
    expect(failures).toHaveLength(1);
    expect(failures[0]?.reason).toMatch(told);
    expect(failures[0]?.reason).toMatch(
      /^requires: .* Do: .*\[QWILT_PROOF_REQUIRED\]$|^The required proof .*\[QWILT_PROOF_REQUIRED\]$/,
    );
  }
  expect((await link.check(olds, { ...olds, requires })).failures).toEqual([]);
});

test("a good proof passes, stands in the inputs as it came, and is told on the row", async () => {
  const { inputs, failures } = await link.check(olds, { ...news, requires: good });
  expect(failures).toEqual([]);
  expect(inputs.requires).toEqual(good);
  expect(await link.diff("s1", outputs, { ...news, requires: good })).toMatchObject({ changes: 0, replaces: [] });
});

test.each<[string, object]>([
  ["the whole proof", { ...good, proof: UNKNOWN_VALUE }],
  ["a field of it", { ...good, proof: { ...proof, activatedAt: UNKNOWN_VALUE } }],
  ["all of it", UNKNOWN_VALUE as unknown as object],
])("%s unknown is no finding", async (_title, requires) => {
  expect((await link.check({}, { ...news, requires })).failures).toEqual([]);
  expect((await link.check(olds, { ...news, requires })).failures).toEqual([]);
});

test("an unknown certificate of a live link is no finding", async () => {
  const requires = { minAgeMinutes: 60 };
  const unknown = { ...news, certificateId: UNKNOWN_VALUE, fingerprint: UNKNOWN_VALUE, notAfter: UNKNOWN_VALUE };
  expect((await link.check(olds, { ...unknown, requires })).failures).toEqual([]);
});

test("`requires` alone is no change", async () => {
  expect(await link.diff("s1", outputs, { ...olds, requires: good })).toMatchObject({ changes: 1 });
});

test.each<[string, object, RegExp]>([
  ["a wrong type", { ...good, minAgeMinutes: "60" }, /requires\.minAgeMinutes must be a number, not text/],
  ["a negative age", { ...good, minAgeMinutes: -1 }, /requires\.minAgeMinutes must be at least 0/],
  ["a wrong word", { ...good, seenBy: "eye" }, /requires\.seenBy must be "api" or "handshake"/],
  ["a mistyped name", { ...good, minimumAge: 60 }, /requires has "minimumAge", which is not supported there/],
])("%s is told by its name", async (_title, requires, told) => {
  const { failures } = await link.check({}, { ...news, requires });
  expect(failures.map(({ reason }) => reason)).toEqual([expect.stringMatching(told)]);
});
