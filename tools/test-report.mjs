// The report at the end of a test run. Pure: rows of the reporter in, lines out.

const slowestShown = 5;

/** @param rows `{ file, tier, passed, failed, skipped, seconds, failure }`, one per test file */
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

/** The counts of a last line; undefined if the text does not end with one. */
export function parseLastLine(text) {
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(text.trimEnd().split("\n").at(-1) ?? "") ?? [];
  return passed === undefined ? undefined : { passed: Number(passed), failed: Number(failed) };
}
