// How `.ci/run` spends its time. Pure.

/** Target duration of `.ci/run`, well below its limit of 85 minutes. */
const aimMs = 60 * 60_000;
/** How much longer than `npm test` the campaigns take without their crash points. */
const restOfCampaigns = 5;
/**
 * How much longer the whole run takes per minute for each crash scenario: twelve scenarios, some with a share of it, two
 * at a time.
 */
const wholePerMinute = 12;

/**
 * Minutes for each crash scenario, so that a slow machine covers fewer points instead of exceeding the limit of the
 * whole run.
 *
 * @param times since the start of the whole run, and what `npm test` took (0: not known yet), both in milliseconds
 * @returns between half a minute and five, in steps of a tenth
 */
export function campaignMinutes({ elapsedMs, testMs }) {
  const leftMinutes = (aimMs - elapsedMs - restOfCampaigns * testMs) / 60_000;
  return Math.round(Math.min(5, Math.max(0.5, leftMinutes / wholePerMinute)) * 10) / 10;
}
