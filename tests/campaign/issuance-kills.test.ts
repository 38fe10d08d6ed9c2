/**
 * Pulumi's provider process is killed before, during and after every request of every poll, in every waiting state;
 * each next run continues with the same signing request. QWILT_CAMPAIGN_SIZE limits the number of points.
 */
import { limitMs, sized } from "../support/kills/campaign.ts";
import { killAtPolls, killAtRetrigger, pollPoints } from "../support/kills/issuance-kills.ts";

jest.setTimeout(15 * 60_000);

test("killed at every point of three polls in each state: one signing request, one certificate, served", async () => {
  const all = pollPoints(3);
  const points = sized(all);
  const covered = await killAtPolls(points, limitMs());
  process.stdout.write(`kills while a certificate is waited for: ${covered} of ${all.length} points covered\n`);
  expect(covered).toBeGreaterThan(0);
});

test.each(["before", "done", "answered"] as const)(
  "killed where a new signing request is requested (%s): exactly one is created",
  async (moment) => {
    await killAtRetrigger(moment);
  },
);
