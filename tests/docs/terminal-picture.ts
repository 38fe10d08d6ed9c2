/** Text of a terminal as a picture (SVG): what the real CLI printed, wrapped to the width of a page. Pure. */

const COLUMNS = 112;
const CHARACTER = 7.25;
const LINE = 17;
const MARGIN = 16;
const COLORS: readonly [RegExp, string][] = [
  [/^ ?\+\+/, "#7ee787"],
  [/^ *\+-/, "#e3b341"],
  [/^ *~/, "#e3b341"],
  [/^ *--?/, "#ff7b72"],
  [/^\S.*:$/, "#d2a8ff"],
];
const PLAIN = "#c9d1d9";

export function terminalPicture(text: string, title: string): string {
  const lines = text
    .trimEnd()
    .split("\n")
    .flatMap((line) => wrapped(line).map((part) => ({ part, color: colorOf(line) })));
  const [width, height] = [2 * MARGIN + COLUMNS * CHARACTER, 2 * MARGIN + lines.length * LINE];
  const rows = lines.map(
    ({ part, color }, index) =>
      `<text x="${MARGIN}" y="${MARGIN + (index + 0.75) * LINE}" fill="${color}" xml:space="preserve">${escaped(part)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...rows,
    "</svg>",
    "",
  ].join("\n");
}

/** Continued lines are indented further than the first one. */
function wrapped(line: string, indent = " ".repeat((/^\W*/.exec(line)?.[0].length ?? 0) + 4)): string[] {
  if (line.length <= COLUMNS) return [line];
  const at = line.lastIndexOf(" ", COLUMNS);
  const cut = at > indent.length ? at : COLUMNS;
  return [line.slice(0, cut), ...wrapped(indent + line.slice(cut).trimStart(), indent)];
}

function colorOf(line: string): string {
  return COLORS.find(([pattern]) => pattern.test(line))?.[1] ?? PLAIN;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
