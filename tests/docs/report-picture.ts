/** A report as a picture (SVG), drawn like a comment in a pull request. Knows the Markdown that reports are made of. Pure. */

const WIDTH = 860;
const MARGIN = 20;
const LINE = 19;
const COLUMNS = 118;
const [TEXT, QUIET, BORDER] = ["#1f2328", "#59636e", "#d1d9e0"] as const;
const BARS: Readonly<Record<string, string>> = { done: "#afb8c1", active: "#54aeff" };

interface Drawn {
  readonly height: number;
  /** @param y the upper edge of the block */
  draw(y: number): string;
}

export function reportPicture(markdown: string, title: string): string {
  const blocks = blocksOf(markdown.trim()).map(drawn);
  let y = MARGIN;
  const parts = blocks.map((block) => {
    const part = block.draw(y);
    y += block.height + 10;
    return part;
  });
  const height = y + MARGIN - 10;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif" font-size="13.5">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" fill="#ffffff" stroke="${BORDER}"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

/** Paragraphs, lists, tables and fences, as their lines. */
function blocksOf(markdown: string): string[][] {
  return markdown.split(/\n\n+/).map((block) => block.split("\n"));
}

function drawn(lines: readonly string[]): Drawn {
  const [first = ""] = lines;
  const heading = /^(#+) (.*)$/.exec(first);
  if (heading) return headingOf(heading[2] ?? "", heading[1]?.length === 2 ? 20 : 16);
  if (first.startsWith("| ")) return tableOf(lines.filter((line) => !line.startsWith("| ---")).map(cellsOf));
  if (first.startsWith("```mermaid")) return timelineOf(lines);
  const item = /^(-|\d+\.) /;
  return textOf(lines.flatMap((line) => (item.test(line) ? wrapped(line.replace(/^- /, "• "), "   ") : wrapped(line))));
}

function headingOf(text: string, size: number): Drawn {
  const draw = (y: number) => [
    `<text x="${MARGIN}" y="${y + size}" font-size="${size}" font-weight="600" fill="${TEXT}">${runs(text)}</text>`,
    ...(size === 20
      ? [`<path d="M${MARGIN} ${y + size + 10}H${WIDTH - MARGIN}" stroke="${BORDER}" stroke-width="1"/>`]
      : []),
  ];
  return { height: size + (size === 20 ? 14 : 6), draw: (y) => draw(y).join("\n") };
}

function textOf(lines: readonly string[]): Drawn {
  const draw = (y: number) =>
    lines.map(
      (line, index) =>
        `<text x="${MARGIN}" y="${y + 14 + index * LINE}" fill="${TEXT}" xml:space="preserve">${runs(line)}</text>`,
    );
  return { height: lines.length * LINE, draw: (y) => draw(y).join("\n") };
}

const cellsOf = (line: string) =>
  line
    .slice(2, -2)
    .split(" | ")
    .map((cell) => cell.trim());

function tableOf(rows: readonly (readonly string[])[]): Drawn {
  const columns = Math.max(1, (rows[0]?.length ?? 2) - 1);
  const [left, rest] = [150, (WIDTH - 2 * MARGIN - 150) / columns];
  let height = 0;
  const parts = rows.map((cells, index) => {
    const texts = cells.map((cell, column) => (column === 0 ? [cell] : wrapped(cell, "", Math.floor(rest / 7))));
    const [top, row] = [height, 11 + 17 * Math.max(...texts.map(({ length }) => length))];
    height += row;
    return { texts, top, row, isHead: index === 0 };
  });
  const draw = (y: number) =>
    parts.flatMap(({ texts, top, row, isHead }) => [
      `<rect x="${MARGIN}" y="${y + top}" width="${WIDTH - 2 * MARGIN}" height="${row}" fill="${isHead ? "#f6f8fa" : "none"}" stroke="${BORDER}"/>`,
      ...texts.flatMap((lines, column) => {
        const x = MARGIN + 10 + (column === 0 ? 0 : left + (column - 1) * rest);
        const look = `font-size="12"${isHead ? ` font-weight="600"` : ""} fill="${column === 0 ? QUIET : TEXT}"`;
        return lines.map((line, at) => `<text x="${x}" y="${y + top + 18 + at * 17}" ${look}>${runs(line)}</text>`);
      }),
    ]);
  return { height, draw: (y) => draw(y).join("\n") };
}

/** The Gantt chart that Mermaid draws: one bar per certificate, and today. */
function timelineOf(lines: readonly string[]): Drawn {
  const bars = lines.flatMap((line) => {
    const [, name = "", state = "", from = "", to = ""] = /^ {2}(\w+) :(done|active), (\S+), (\S+)$/.exec(line) ?? [];
    return name === "" ? [] : [{ name, state, from, to }];
  });
  const today = /today :milestone, (\S+),/.exec(lines.join("\n"))?.[1] ?? "";
  const [begin, end] = [
    Math.min(...bars.map(({ from }) => Date.parse(from))),
    Math.max(...bars.map(({ to }) => Date.parse(to))),
  ];
  const scale = (day: string) => Math.round(120 + ((Date.parse(day) - begin) / (end - begin)) * (WIDTH - MARGIN - 120));
  const height = bars.length * 26 + 24;
  const draw = (y: number) => [
    ...bars.flatMap(({ name, state, from, to }, index) => {
      const top = y + index * 26;
      return [
        `<text x="${MARGIN}" y="${top + 15}" fill="${QUIET}">${name}</text>`,
        `<rect x="${scale(from)}" y="${top}" width="${scale(to) - scale(from)}" height="20" rx="3" fill="${BARS[state]}"/>`,
        `<text x="${scale(to) - 8}" y="${top + 14}" font-size="12" text-anchor="end" fill="${TEXT}">${from} to ${to}</text>`,
      ];
    }),
    `<path d="M${scale(today)} ${y - 2}V${y + bars.length * 26}" stroke="#cf222e" stroke-width="2"/>`,
    `<text x="${scale(today)}" y="${y + height - 8}" font-size="12" text-anchor="middle" fill="#cf222e">today, ${today}</text>`,
  ];
  return { height, draw: (y) => draw(y).join("\n") };
}

function wrapped(line: string, indent = "", columns = COLUMNS): string[] {
  const at = line.lastIndexOf(" ", columns);
  // A word that is longer than the line has a line of its own.
  if (line.length <= columns || at <= indent.length) return [line];
  return [line.slice(0, at), ...wrapped(indent + line.slice(at + 1), indent, columns)];
}

/** Bold parts, and without the backslashes that Markdown needs. */
function runs(text: string): string {
  return text
    .replace(/\\([\\`*_{}[\]<>()#+\-.!|~])/g, "$1")
    .split("**")
    .map((part, index) => (index % 2 === 0 ? escaped(part) : `<tspan font-weight="600">${escaped(part)}</tspan>`))
    .join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
