import {
  describeExpiry,
  describeLeft,
  describeNames,
  describeValidity,
  type ExpiryWarning,
} from "../../provider/x509/expiry.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const SOON = "2026-12-01T13:00:00Z";
const LATER = "2027-01-09T09:00:00Z";

test.each<[string, string | undefined, string | undefined, string]>([
  ["a first certificate tells its end", LATER, undefined, "valid until 2027-01-09"],
  ["a rotation tells both ends", LATER, SOON, "valid until 2027-01-09, was 2026-12-01 (8 days left)"],
  ["the same end is called the same", SOON, SOON, "valid until 2026-12-01, unchanged (8 days left)"],
  [
    "an end that nobody knows yet is not guessed",
    undefined,
    SOON,
    "valid until (known after the certificate is issued), was 2026-12-01 (8 days left)",
  ],
])("%s", (_title, notAfter, was, words) => expect(describeValidity(notAfter, was, NOW)).toBe(words));

test.each([
  ["2026-11-24T13:00:00Z", "1 day left"],
  ["2026-11-23T13:00:00Z", "0 days left"],
  ["2026-11-22T12:00:00Z", "expired 1 day ago"],
  ["2026-11-13T12:00:00Z", "expired 10 days ago"],
])("%s is %s", (notAfter, words) => expect(describeLeft(notAfter, NOW)).toBe(words));

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** A certificate with this lifetime and age in days. */
function said(lifetimeDays: number, ageDays: number, warning: ExpiryWarning): string | undefined {
  const begin = NOW - ageDays * DAY_MS;
  const iso = (ms: number) => new Date(ms).toISOString();
  return describeExpiry({ notBefore: iso(begin), notAfter: iso(begin + lifetimeDays * DAY_MS) }, NOW, warning);
}

describe("a certificate that nobody renewed is warned about", () => {
  const DEFAULT = "25%";
  test.each<[number, ExpiryWarning, number]>([
    [6, DEFAULT, 4.5],
    [47, DEFAULT, 35.25],
    [90, DEFAULT, 67.5],
    [100, DEFAULT, 75],
    [120, DEFAULT, 90],
    [200, DEFAULT, 170],
    [398, DEFAULT, 368],
    [825, DEFAULT, 795],
    [6, "1/3", 4],
    [47, "1/2", 23.5],
    [398, "1/2", 368],
    [90, 30, 60],
    [398, 60, 338],
    [47, 60, 0],
    [6, 0.5, 5.5],
  ])("of %i days with %s from the age of %f days on, and not before", (lifetime, warning, from) => {
    const hour = 1 / 24;
    for (let age = 0; age < lifetime; age += lifetime / 97) {
      expect([age, said(lifetime, age, warning) !== undefined]).toEqual([age, age >= from]);
    }
    if (from > hour) expect(said(lifetime, from - hour, warning)).toBeUndefined();
    expect(said(lifetime, from + hour, warning)).toMatch(/^expires in /);
    expect(said(lifetime, lifetime + 1, warning)).toMatch(/^expired 1 day ago/);
  });

  test.each([6, 47, 90, 200, 398])("of %i days never while an ACME client may still renew it in time", (lifetime) => {
    // They renew from two thirds of the lifetime on; some days of delay are not worth a warning.
    for (const part of [0, 0.1, 0.5, 0.66, 0.74]) expect(said(lifetime, lifetime * part, DEFAULT)).toBeUndefined();
  });

  test("with 0 only when it has expired", () => {
    expect(said(90, 89.9, 0)).toBeUndefined();
    expect(said(90, 93, 0)).toBe("expired 3 days ago (2026-11-20)");
  });
});

test("a day and less is given in hours", () => {
  const at = (ms: number) =>
    describeExpiry({ notBefore: "2026-11-01T00:00:00Z", notAfter: new Date(NOW + ms).toISOString() }, NOW, 30);
  expect(at(36 * HOUR_MS)).toBe("expires in 1 day (2026-11-25)");
  expect(at(7.5 * HOUR_MS)).toBe("expires in 7 hours (2026-11-23)");
  expect(at(HOUR_MS)).toBe("expires in 1 hour (2026-11-23)");
  expect(at(HOUR_MS / 2)).toBe("expires in less than an hour (2026-11-23)");
  expect(at(-5 * HOUR_MS)).toBe("expired 5 hours ago (2026-11-23)");
});

test("a state without notBefore counts as a lifetime of 90 days", () => {
  const left = (days: number) => ({ notAfter: new Date(NOW + days * DAY_MS).toISOString() });
  expect(describeExpiry(left(23), NOW, "25%")).toBeUndefined();
  expect(describeExpiry(left(22), NOW, "25%")).toBe("expires in 22 days (2026-12-15)");
  for (const validity of [{}, { notAfter: "" }]) expect(describeExpiry(validity, NOW, "25%")).toBeUndefined();
});

test("names are listed with what is added and removed, and only counted if there are many", () => {
  const many = Array.from({ length: 9 }, (_, index) => `h${index}.example.com`);
  expect(describeNames(["a", "b"], ["a", "b"])).toBe("names unchanged: a, b");
  expect(describeNames(["a", "c"], ["a", "b"])).toBe("names a, c (adds c; removes b)");
  expect(describeNames(many, undefined)).toMatch(/^names h0\.example\.com, .*h5\.example\.com and 3 more$/);
});
