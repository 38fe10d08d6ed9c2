// What a run of tests has to tell at its end. Pure: rows of the reporter in, lines out.

const slowestShown = 5;

/** @param rows `{ file, tier, passed, failed, skipped, seconds, failure }`, one a test file */
export function summarize(rows) {
  const sum = (field) => rows.reduce((total, row) => total + row[field], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** Failures in full, then the slowest files, then `N passed, N failed` as the very last line. */
export function report(rows) {
  const { passed, failed, skipped } = summarize(rows);
  const lines = [];
  for (const row of rows.filter((row) => row.failed > 0)) lines.push("", `== ${row.file}`, row.failure.trimEnd());
  if (rows.length > slowestShown) {
    lines.push("", "Slowest:");
    const slowest = [...rows].sort((a, b) => b.seconds - a.seconds).slice(0, slowestShown);
    for (const row of slowest) lines.push(`  ${row.seconds.toFixed(1).padStart(6)} s  ${row.file}`);
  }
  lines.push("");
  if (skipped > 0) lines.push(`${skipped} skipped`);
  lines.push(lastLine({ passed, failed }));
  return lines.join("\n");
}

export function lastLine({ passed, failed }) {
  return `${passed} passed, ${failed} failed`;
}

/** The counts of a last line, or undefined when the text does not end with one. */
export function parseLastLine(text) {
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(text.trimEnd().split("\n").at(-1) ?? "") ?? [];
  return passed === undefined ? undefined : { passed: Number(passed), failed: Number(failed) };
}

/** What `.ci/run` shall take, well below its limit of 85 minutes. */
const aimMs = 60 * 60_000;
/** How much longer than `npm test` the campaigns take without their crash points. */
const restOfCampaigns = 1.6;
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
