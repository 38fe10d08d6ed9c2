import { notifyDelayMs, renewalDueAtMs, usualIssueMs, wrongDelegationGraceMs } from "./timing.ts";

const dayMs = 86_400_000;
const minuteMs = 60_000;

test.each([
  [6, 2],
  [45, 15],
  [47, 15.666_666_67],
  [64, 21.333_333_33],
  [90, 30],
  [100, 30],
  [200, 30],
  [398, 30],
])("a certificate of %d days is renewed with %d days left", (days, left) => {
  const certificate = { notBeforeMs: 0, notAfterMs: days * dayMs };
  expect((certificate.notAfterMs - renewalDueAtMs(certificate, 30, 0)) / dayMs).toBeCloseTo(left, 6);
});

test("a certificate that a CA with another clock signed is not renewed at once", () => {
  const certificate = { notBeforeMs: 0, notAfterMs: 90 * dayMs };
  expect(renewalDueAtMs(certificate, 30, 1_000 * dayMs)).toBe(1_001 * dayMs);
});

test("issuance usually takes 30 to 60 minutes, for each request always the same", () => {
  const times = Array.from({ length: 500 }, (_, index) => usualIssueMs(index + 1));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(30 * minuteMs);
  expect(Math.max(...times)).toBeLessThan(60 * minuteMs);
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(25 * minuteMs);
  expect(usualIssueMs(7)).toBe(times[6]);
});

test.each([
  [0, 0, 0],
  [2_000, 200, 4_000],
  [45 * minuteMs, 4.5 * minuteMs, 10 * minuteMs],
])(
  "with %d ms of issuance NOTIFY_SITES lasts %d ms, and a wrong CNAME is tolerated for %d ms",
  (issueMs, shows, grace) => {
    expect([notifyDelayMs(issueMs), wrongDelegationGraceMs(issueMs)]).toEqual([shows, grace]);
  },
);
