// The figures as a table, a page and a chart.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const BEGIN = "<!-- generated: bench -->";
const END = "<!-- end -->";

/** One row per operation; repeated measurements become their median. */
export function tableOf(rows) {
  const lines = [
    "| Sites | Latency per call | Operation | Time | Engine's floor | Ratio | Calls | Peak memory | State per site |",
    "| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
  ];
  for (const row of merged(rows)) {
    lines.push(
      `| ${row.sites} | ${row.latencyMs} ms | ${row.operation} | ${row.seconds.toFixed(1)} s | ${row.floorSeconds.toFixed(1)} s | ` +
        `${row.ratio.toFixed(2)} | ${row.calls} | ${row.peakMb} MB | ${(row.stateBytesPerSite / 1024).toFixed(1)} KB |`,
    );
  }
  return lines.join("\n");
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
      ["seconds", "floorSeconds", "ratio", "calls", "peakMb"].map((key) => [key, median(group.map((row) => row[key]))]),
    ),
  }));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** Replaces the generated part of docs/performance.md, and the chart. */
export async function writeDocument(rows, root) {
  const page = join(root, "docs/performance.md");
  const text = readFileSync(page, "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${page} has no generated part`);
  const chart = "![Ratio over the engine's floor](performance.svg)";
  writeFileSync(page, `${before}${BEGIN}\n${chart}\n\n${tableOf(rows)}\n${END}${after}`);
  writeFileSync(join(root, "docs/performance.svg"), chartOf(merged(rows)));
}

const WIDTH = 760;
const BAR = 16;
const LEFT = 190;
const SCALE_MAX = 520;

/** Bars of the ratio to the floor without latency; the line marks the goal. */
function chartOf(rows) {
  const shown = rows.filter((row) => row.latencyMs === 0);
  const most = Math.max(1.5, ...shown.map((row) => row.ratio));
  const x = (ratio) => (ratio / most) * SCALE_MAX;
  const height = 60 + shown.length * (BAR + 6);
  const bars = shown.map((row, index) => {
    const y = 40 + index * (BAR + 6);
    return (
      `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${row.sites} ${row.sites === 1 ? "site" : "sites"}, ${row.operation}</text>` +
      `<rect x="${LEFT}" y="${y}" width="${x(row.ratio).toFixed(1)}" height="${BAR}" fill="#3b6ea5"/>` +
      `<text x="${(LEFT + x(row.ratio) + 6).toFixed(1)}" y="${y + 12}">${row.ratio.toFixed(2)}</text>`
    );
  });
  const line = (ratio, label, color) =>
    `<line x1="${(LEFT + x(ratio)).toFixed(1)}" y1="32" x2="${(LEFT + x(ratio)).toFixed(1)}" y2="${height - 16}" stroke="${color}" stroke-dasharray="4 3"/>` +
    `<text x="${(LEFT + x(ratio)).toFixed(1)}" y="26" text-anchor="middle" fill="${color}">${label}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="sans-serif" font-size="12">`,
    "<title>Time of each operation as a ratio over the engine's floor, without latency</title>",
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...bars,
    line(1, "1.0", "#888888"),
    line(1.2, "1.2", "#b3261e"),
    "</svg>",
    "",
  ].join("\n");
}
