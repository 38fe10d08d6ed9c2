// The figures as a table, a page and a chart.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const BEGIN = "<!-- generated: bench -->";
const END = "<!-- end -->";

/** One row per operation; repeated measurements become their median. */
export function tableOf(rows) {
  const lines = [
    "| Sites | Latency per call | Operation | Engine's floor | Dynamic | Ratio | Native | Ratio | Calls | Memory, dynamic / native | State per site, dynamic / native |",
    "| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
  ];
  for (const row of merged(rows)) {
    const seconds = (value) => `${value.toFixed(1)} s`;
    const kilobytes = (value) => (value / 1024).toFixed(1);
    const cells = [
      row.sites,
      `${row.latencyMs} ms`,
      row.operation,
      seconds(row.floorSeconds),
      seconds(row.seconds),
      row.ratio.toFixed(2),
      seconds(row.nativeSeconds),
      row.nativeRatio.toFixed(2),
      row.calls,
      `${row.peakMb} / ${row.nativePeakMb} MB`,
      `${kilobytes(row.stateBytesPerSite)} / ${kilobytes(row.nativeStateBytesPerSite)} KB`,
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

/** @param programs of measurePrograms */
export function programsTableOf(programs) {
  return [
    "| Program with one site | Empty preview | State |",
    "| --- | ---: | ---: |",
    ...programs.map(
      ({ name, seconds, stateBytes }) => `| ${name} | ${seconds.toFixed(1)} s | ${(stateBytes / 1024).toFixed(1)} KB |`,
    ),
  ].join("\n");
}

function merged(rows) {
  const groups = new Map();
  for (const row of rows) {
    const key = `${row.sites} ${row.latencyMs} ${row.operation}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((group) => ({
    ...group[0],
    ...Object.fromEntries(
      ["floorSeconds", "seconds", "ratio", "nativeSeconds", "nativeRatio", "calls", "peakMb", "nativePeakMb"].map(
        (key) => [key, median(group.map((row) => row[key]))],
      ),
    ),
  }));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** Replaces the generated part of docs/performance.md, and the chart. */
export async function writeDocument(rows, programs, root) {
  const page = join(root, "docs/performance.md");
  const text = readFileSync(page, "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${page} has no generated part`);
  const chart = "![Ratio over the engine's floor](performance.svg)";
  writeFileSync(
    page,
    `${before}${BEGIN}\n${chart}\n\n${tableOf(rows)}\n\n${programsTableOf(programs)}\n${END}${after}`,
  );
  writeFileSync(join(root, "docs/performance.svg"), chartOf(merged(rows)));
}

const WIDTH = 760;
const BAR = 12;
const ROW = 2 * BAR + 8;
const LEFT = 190;
const SCALE_MAX = 520;
const COLORS = { dynamic: "#3b6ea5", native: "#e08a1e" };

/** Bars of the ratio to the floor without latency; the line marks the goal. */
function chartOf(rows) {
  const shown = rows.filter((row) => row.latencyMs === 0);
  const most = Math.max(1.5, ...shown.flatMap((row) => [row.ratio, row.nativeRatio]));
  const x = (ratio) => (ratio / most) * SCALE_MAX;
  const height = 84 + shown.length * ROW;
  const bar = (ratio, y, color) =>
    `<rect x="${LEFT}" y="${y}" width="${x(ratio).toFixed(1)}" height="${BAR}" fill="${color}"/>` +
    `<text x="${(LEFT + x(ratio) + 6).toFixed(1)}" y="${y + 10}" font-size="10">${ratio.toFixed(2)}</text>`;
  const bars = shown.map((row, index) => {
    const y = 40 + index * ROW;
    return (
      `<text x="${LEFT - 8}" y="${y + 16}" text-anchor="end">${row.sites} ${row.sites === 1 ? "site" : "sites"}, ${row.operation}</text>` +
      bar(row.ratio, y, COLORS.dynamic) +
      bar(row.nativeRatio, y + BAR + 1, COLORS.native)
    );
  });
  const line = (ratio, label, color) =>
    `<line x1="${(LEFT + x(ratio)).toFixed(1)}" y1="32" x2="${(LEFT + x(ratio)).toFixed(1)}" y2="${height - 36}" stroke="${color}" stroke-dasharray="4 3"/>` +
    `<text x="${(LEFT + x(ratio)).toFixed(1)}" y="26" text-anchor="middle" fill="${color}">${label}</text>`;
  const legend = Object.entries(COLORS).map(
    ([name, color], index) =>
      `<rect x="${LEFT + index * 160}" y="${height - 26}" width="12" height="12" fill="${color}"/>` +
      `<text x="${LEFT + 18 + index * 160}" y="${height - 16}">${name === "dynamic" ? "dynamic resources" : "native provider"}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="sans-serif" font-size="12">`,
    "<title>Time of each operation as a ratio over the engine's floor, without latency</title>",
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...bars,
    ...legend,
    line(1, "1.0", "#888888"),
    line(1.2, "1.2", "#b3261e"),
    "</svg>",
    "",
  ].join("\n");
}
