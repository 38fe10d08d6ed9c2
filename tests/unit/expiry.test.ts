import { describeExpiry, describeLeft, describeNames, describeValidity } from "../../provider/renewal/expiry.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const SOON = "2026-12-01T13:00:00Z";
const LATER = "2027-01-09T09:00:00Z";

test.each<[string, string | undefined, string | undefined, string]>([
  ["a first certificate tells its end", LATER, undefined, "valid until 2027-01-09"],
  ["a rotation tells both ends", LATER, SOON, "valid until 2027-01-09, was 2026-12-01 (8 days left)"],
  ["the same end is called the same", SOON, SOON, "valid until 2026-12-01 as before (8 days left)"],
  [
    "an end that nobody knows yet is not guessed",
    undefined,
    SOON,
    "valid until (known after the certificate is), was 2026-12-01 (8 days left)",
  ],
])("%s", (_title, notAfter, was, words) => expect(describeValidity(notAfter, was, NOW)).toBe(words));

test.each([
  ["2026-11-24T13:00:00Z", "1 day left"],
  ["2026-11-23T13:00:00Z", "0 days left"],
  ["2026-11-22T12:00:00Z", "expired 1 day ago"],
  ["2026-11-13T12:00:00Z", "expired 10 days ago"],
])("%s is %s", (notAfter, words) => expect(describeLeft(notAfter, NOW)).toBe(words));

test("an end is warned about within the window only", () => {
  expect(describeExpiry(LATER, NOW, 30)).toBeUndefined();
  expect(describeExpiry(SOON, NOW, 30)).toBe("ends in 8 days (2026-12-01)");
  expect(describeExpiry("2026-11-20T12:00:00Z", NOW, 30)).toBe("expired 3 days ago (2026-11-20)");
});

test("names are told with what is new and what is gone, and only counted where they are many", () => {
  const many = Array.from({ length: 9 }, (_, index) => `h${index}.example.com`);
  expect(describeNames(["a", "b"], ["a", "b"])).toBe("names a, b as before");
  expect(describeNames(["a", "c"], ["a", "b"])).toBe("names a, c (new: c; gone: b)");
  expect(describeNames(many, undefined)).toMatch(/^names h0\.example\.com, .*h5\.example\.com and 3 more$/);
});
