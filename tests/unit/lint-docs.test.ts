import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LINT_RULES } from "../../provider/x509/finding-catalog.ts";

const page = readFileSync(join(__dirname, "../../docs/lint.md"), "utf8");
const sections = new Map(
  (page.split("## What clients do")[0] ?? "")
    .split(/^### /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf("\n")), text.split(/^## /m)[0] ?? ""]),
);

test("docs/lint.md has a heading for each rule, in the order of the catalog, and no other", () => {
  expect([...sections.keys()]).toEqual(LINT_RULES.map(({ code }) => code));
});

test.each(LINT_RULES)(
  "docs/lint.md has severity, title, example and fix of $code",
  ({ code, severity, title, fix }) => {
    const section = sections.get(code);
    expect(section).toContain(`\n**${severity}**: ${title}.\n`);
    expect(section).toContain(`\nFix: ${fix}\n`);
    expect(section).toMatch(/^> \S/m);
  },
);

test("codes are upper case with one prefix, without duplicates", () => {
  const codes = LINT_RULES.map(({ code }) => code);
  expect(codes.filter((code) => !/^CERT_[A-Z0-9_]+$/.test(code))).toEqual([]);
  expect(new Set(codes).size).toBe(codes.length);
});
