/** What code, tests, tools and documents cite exists: the document, the section, the rule, the number, the link. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import {
  bareLocatorsIn,
  citationsIn,
  type Document,
  linksIn,
  missingOf,
  readDocument,
  unnamedIn,
} from "./citations.ts";
import { page, ROOT } from "./generated.ts";

const REFERENCE = "docs/qwilt-api.md";
/** Files whose bare numbers are sections of one document, since nearly every line cites it. */
const BARE: Readonly<Record<string, string>> = {
  "emulator/assumptions.ts": REFERENCE,
  "docs/api-notes.md": REFERENCE,
  [REFERENCE]: REFERENCE,
  "docs/pulumi-engine.md": "docs/pulumi-engine.md",
};

const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
});
const files = new Set(listed.split("\n").filter((path) => path !== "" && existsSync(join(ROOT, path))));
const folders = new Set([...files].flatMap(foldersAbove));
const documents = [...files].filter((path) => path.endsWith(".md"));
const code = [...files].filter(
  (path) => /\.(?:[cm]?[jt]s|sh|ya?ml)$/.test(path) && !path.startsWith("tests/docs/citations"),
);
const texts = [...documents, ...code];
const read = new Map<string, Document>();

test("every document that code or documents name is in the repository", () => {
  const missing = texts.flatMap((file) =>
    citationsIn(page(file))
      .filter(({ path }) => resolved(file, path) === undefined)
      .map(({ path }) => `${file}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test("every section, rule and number that code or documents cite is in its document", () => {
  let count = 0;
  const missing = texts.flatMap((file) =>
    citationsIn(page(file)).flatMap(({ path, locators }) => {
      const target = resolved(file, path);
      count += locators.length;
      if (target === undefined) return [];
      return locators.flatMap((locator) =>
        missingOf(locator, documentAt(target)).map((what) => `${file}: ${target} has no ${what}`),
      );
    }),
  );
  expect(missing).toEqual([]);
  expect(count).toBeGreaterThan(50);
});

test("the bare numbers of a file that cites one document throughout are in that document", () => {
  const missing = Object.entries(BARE).flatMap(([file, target]) => {
    const locators = bareLocatorsIn(page(file));
    expect(locators.length).toBeGreaterThan(0);
    return locators.flatMap((locator) => missingOf(locator, documentAt(target)).map((what) => `${file}: no ${what}`));
  });
  expect(missing).toEqual([]);
});

test("nowhere else is a section without its document, or an issue without its address", () => {
  const unnamed = texts
    .filter((file) => BARE[file] === undefined)
    .flatMap((file) => unnamedIn(page(file)).map((match) => `${file}: ${match}`));
  expect(unnamed).toEqual([]);
});

test("the numbers of unknowns and of the official client's habits are those of the API reference", () => {
  const { items } = documentAt(REFERENCE);
  const cited = texts.flatMap((file) => {
    const numbers = [...page(file).matchAll(/\b(U\d{1,2})\b|\(([TRAB]\d{1,2})\)/g)].map(
      ([, one, other]) => one ?? other ?? "",
    );
    return numbers.map((number) => ({ file, number }));
  });
  expect(cited.length).toBeGreaterThan(50);
  expect(cited.filter(({ number }) => !items.has(number))).toEqual([]);
});

test.each(documents)("the links of %s lead to files and headings that exist", (file) => {
  const broken = linksIn(page(file)).filter((link) => {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? file : normalize(join(dirname(file), decodeURI(path))).replace(/\/$/, "");
    if (!files.has(target) && !folders.has(target)) return true;
    return anchor !== undefined && target.endsWith(".md") && !documentAt(target).anchors.has(anchor);
  });
  expect(broken).toEqual([]);
});

describe("a citation", () => {
  const document = readDocument(
    "# One\n\n## 4. Four\n\n### 4.7 Rules\n\n1. One\n2. Two\n\n| T1 | x |\n\n## Two words (2)\n\n## One\n",
  );

  test.each([
    ["docs/a.md 4.7 rule 2", []],
    ["docs/a.md 4.7 rule 3", ["4.7 rule 3"]],
    ["docs/a.md 4.7 rules 1 to 3, 4 and 4.8", ["4.7 rule 3", "section 4.8"]],
    ["docs/a.md section 5", ["section 5"]],
    ["docs/a.md 4.7 T1; T2", ["T2"]],
    [" * as docs/a.md\n *   4.9 says", ["section 4.9"]],
    ["docs/a.md, and 5 more", []],
    ["docs/a.md 2.", ["section 2"]],
  ])("%j lacks %j", (text, missing) => {
    const citations = citationsIn(text);
    expect(citations.map(({ path }) => path)).toEqual(["docs/a.md"]);
    expect(citations.flatMap(({ locators }) => locators.flatMap((locator) => missingOf(locator, document)))).toEqual(
      missing,
    );
  });

  test.each([
    ["see section 9 of it", ["section 9"]],
    ["as issue 5 says", ["issue 5"]],
    ["the one certificate (4.6 rule 1)", ["(4.6 rule 1"]],
    ["RFC 5280 section 4.1.2.5, docs/a.md 4.7, 0.5 s (1.5 s), https://github.com/a/b/issues/5", []],
  ])("%j has the unnamed %j", (text, unnamed) => expect(unnamedIn(text)).toEqual(unnamed));

  test("headings have the fragments that GitHub gives them", () => {
    expect([...document.anchors]).toEqual(["one", "4-four", "47-rules", "two-words-2", "one-1"]);
  });

  test("links to the web, in code and in fences are left out", () => {
    expect(linksIn("[a](b.md#c) `[x](y)` [w](https://w) \n```text\n[z](z)\n```\n[d]: e.md\n")).toEqual([
      "b.md#c",
      "e.md",
    ]);
  });
});

/** A path from the root, or from the file that contains it. */
function resolved(file: string, path: string): string | undefined {
  return [normalize(path), normalize(join(dirname(file), path))].find((one) => files.has(one));
}

function documentAt(path: string): Document {
  const document = read.get(path) ?? readDocument(page(path));
  read.set(path, document);
  return document;
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === "." ? [folder] : [folder, ...foldersAbove(folder)];
}
