// How `.ci/run` spends its time. Pure.

/** What `.ci/run` shall take, well below its limit of 85 minutes. */
const aimMs = 60 * 60_000;
/** How much longer than `npm test` the campaigns take without their crash points. */
const restOfCampaigns = 3;
/** A minute more for each crash scenario, so many more for the whole: ten scenarios, some with a share of it, two at a time. */
const wholePerMinute = 10;

/**
 * Minutes for each crash scenario, so that a slow machine covers fewer points instead of running into the limit of the whole.
 *
 * @param times since the start of the whole, and what `npm test` took (0: not known yet), both in milliseconds
 * @returns between half a minute and five, in steps of a tenth
 */
export function campaignMinutes({ elapsedMs, testMs }) {
  const leftMinutes = (aimMs - elapsedMs - restOfCampaigns * testMs) / 60_000;
  return Math.round(Math.min(5, Math.max(0.5, leftMinutes / wholePerMinute)) * 10) / 10;
}
