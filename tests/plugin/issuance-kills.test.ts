/**
 * A sample of tests/campaign/issuance-kills.test.ts: a kill during the wait for a certificate creates no second signing
 * request.
 */
import { killAtPolls, killAtRetrigger, pollPoints } from "../support/kills/issuance-kills.ts";

jest.setTimeout(180_000);

test("killed in a poll, in each state, repeatedly: the next run continues with the same request, and the edge serves", async () => {
  // Spread so that each state, each request and each moment is included.
  const points = pollPoints(2).filter((_, index) => index % 5 === 0);
  expect(new Set(points.map(({ state }) => state)).size).toBe(4);
  expect(new Set(points.map(({ moment }) => moment)).size).toBe(3);
  expect(await killAtPolls(points, Number.POSITIVE_INFINITY)).toBe(points.length);
});

test("killed when the new request was created and not answered: the next runs continue with it", async () => {
  await killAtRetrigger("done");
});
