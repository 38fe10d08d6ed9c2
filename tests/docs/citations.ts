/**
 * What code and documents cite, and whether it can be opened. A citation is a document by its path, and where in it:
 *
 *   docs/qwilt-api.md 4.7 rule 1      docs/qwilt-api.md 4.6 rules 1 to 4, 5.2      docs/qwilt-api.md 7.1 T12
 *
 * A section is a heading with that number, a rule an item of the ordered lists below it, T12 a table row that begins
 * with it. Pure.
 */

export interface Document {
  /** Fragments of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
  /** Rules of each numbered section. */
  readonly sections: ReadonlyMap<string, ReadonlySet<number>>;
  /** Numbers like T12 or U7. */
  readonly items: ReadonlySet<string>;
}

export interface Citation {
  readonly path: string;
  readonly locators: readonly Locator[];
}

export interface Locator {
  readonly section?: string;
  readonly rules: readonly number[];
  readonly item?: string;
}

const LOCATOR = String.raw`(?:sections? )?(?:\d+(?:\.\d+)?(?: rules? \d+(?:(?: to | and )\d+)?)?(?: [A-Z]\d+)?|[A-Z]\d+)(?![\w.]*\w)`;
const CITATION = new RegExp(
  String.raw`(?<![\w/.*-])((?:\.{0,2}/)?[\w./-]*\w\.md)\b(?:,? (${LOCATOR}(?:(?:, | and |; )${LOCATOR})*))?`,
  "g",
);

export function readDocument(markdown: string): Document {
  const [anchors, sections, items] = [new Set<string>(), new Map<string, Set<number>>(), new Set<string>()];
  let rules: Set<number> | undefined;
  for (const line of withoutFences(markdown).split("\n")) {
    const [, heading] = /^#{1,6} (.*)$/.exec(line) ?? [];
    if (heading !== undefined) addAnchor(anchors, heading);
    const [, section] = /^(\d+(?:\.\d+)?)\.? /.exec(heading ?? "") ?? [];
    if (section !== undefined) {
      rules = new Set();
      sections.set(section, rules);
    }
    const [, rule] = /^(\d+)\. /.exec(line) ?? [];
    if (rule !== undefined) rules?.add(Number(rule));
    const [, item] = /^\| ([A-Z]\d+) \|/.exec(line) ?? [];
    if (item !== undefined) items.add(item);
  }
  return { anchors, sections, items };
}

/** Citations in a text, also across the line breaks of comments. Web addresses are left out. */
export function citationsIn(text: string): Citation[] {
  return [...flowing(text).matchAll(CITATION)].map(([, path = "", locators = ""]) => ({
    path,
    locators: [...locators.matchAll(new RegExp(LOCATOR, "g"))].map(([locator]) => readLocator(locator)),
  }));
}

/** Numbers without a document: sections, and issues of a tracker that a reader cannot open. */
export function unnamedIn(text: string): string[] {
  const rest = flowing(text)
    .replace(CITATION, "")
    .replace(/\b(?:RFC|X)[ .]?\d+,? sections? [\d.]+/g, "");
  const found = rest.matchAll(
    /\bsections? \d[\d.]*|\bissues? \d+|(?<!\w)\([1-9]\.\d(?: rules? \d+)?(?=[),:;])|\b\d\.\d rules? \d+/g,
  );
  return [...found].map(([match]) => match);
}

/** The same for a file whose bare numbers are sections of one document. */
export function bareLocatorsIn(text: string): Locator[] {
  const found = flowing(text).matchAll(
    /(?:\bsection (\d+(?:\.\d+)?)|(?<!\w)\((\d\.\d(?: rules? \d+)?)(?=[),:; ])|\b(\d\.\d rules? \d+))/g,
  );
  return [...found].map(([, section, bracketed, ruled]) => readLocator(section ?? bracketed ?? ruled ?? ""));
}

/** What a locator names and the document lacks; empty if everything exists. */
export function missingOf({ section, rules, item }: Locator, document: Document): string[] {
  const known = section === undefined ? undefined : document.sections.get(section);
  return [
    ...(section !== undefined && known === undefined ? [`section ${section}`] : []),
    ...(known === undefined ? [] : rules.filter((rule) => !known.has(rule)).map((rule) => `${section} rule ${rule}`)),
    ...(item !== undefined && !document.items.has(item) ? [item] : []),
  ];
}

/** Targets of the links of a Markdown text that are not on the web. */
export function linksIn(markdown: string): string[] {
  const text = withoutFences(markdown).replace(/`[^`\n]*`/g, "");
  const found = [...text.matchAll(/\]\(<?([^)\s>]+)>?\)/g), ...text.matchAll(/^\[[^\]]+\]: (\S+)/gm)];
  return found.map(([, target = ""]) => target).filter((target) => !/^[a-z]+:/.test(target));
}

function readLocator(text: string): Locator {
  const [, section] = /^(?:sections? )?(\d+(?:\.\d+)?)/.exec(text) ?? [];
  const [, from, joint, to = from] = /rules? (\d+)(?:( to | and )(\d+))?/.exec(text) ?? [];
  const [item] = /[A-Z]\d+$/.exec(text) ?? [];
  const ends = [Number(from), Number(to)];
  const range =
    joint === " to " ? Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i) : ends;
  return { ...(section && { section }), rules: from === undefined ? [] : [...new Set(range)], ...(item && { item }) };
}

/** As one line, without comment and quotation markers, with the texts of links, without web addresses. */
function flowing(text: string): string {
  return text
    .replace(/\[([^\]\n]*)\]\([^)\s]*\)/g, (_link, shown: string) => (shown.endsWith(".md") ? "" : shown))
    .replace(/\bhttps?:\/\/[^\s)>"'`]+/g, "")
    .replace(/\s*\n[ \t]*(?:\*(?!\/)|\/\/|>|#)?[ \t]*/g, " ");
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^( *)(`{3,}|~{3,})[\s\S]*?^\1\2[ \t]*$/gm, "");
}

function addAnchor(anchors: Set<string>, heading: string): void {
  const text = heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .trim()
    .toLowerCase();
  const slug = text.replace(/[^\p{L}\p{N}_\- ]/gu, "").replaceAll(" ", "-");
  let anchor = slug;
  for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`;
  anchors.add(anchor);
}
