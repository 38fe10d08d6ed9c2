import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ERROR_CODES } from "../../provider/core/errors/codes.ts";

const text = readFileSync(join(__dirname, "../../docs/errors.md"), "utf8");
const sections = text
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [heading = "", ...body] = section.split("\n");
    return { code: heading.trim(), body: body.join("\n") };
  });

test("docs/errors.md has one heading for each code and no other, in order", () => {
  expect(sections.map(({ code }) => code)).toEqual([...ERROR_CODES]);
});

const CATALOGUE = "provider/core/errors/catalogue.ts";
const root = join(__dirname, "../..");
const source = globSync("{provider,sdk}/**/*.ts", { cwd: root })
  .filter((file) => file !== CATALOGUE)
  .map((file) => readFileSync(join(root, file), "utf8").replaceAll(/^export const \w+ =/gm, ""))
  .join("\n");
const constructors = [...readFileSync(join(root, CATALOGUE), "utf8").matchAll(/^ {2}(QWILT_\w+): (?:\w+\.)?(\w+),$/gm)];

test("every code has a constructor function in the catalogue", () => {
  expect(constructors.map(([, code]) => code)).toEqual([...ERROR_CODES]);
});

test.each(constructors.map(([, code, name]) => ({ code, name })))("$code is an error that can happen", ({ name }) => {
  expect(new RegExp(`^(?!import ).*\\b${name}\\b`, "m").test(source)).toBe(true);
});

test("the list of codes is sorted", () => {
  expect([...ERROR_CODES].sort()).toEqual([...ERROR_CODES]);
});

test.each(sections)("$code has its meaning and what to do", ({ body }) => {
  const [meaning = "", remedy = ""] = body.trim().split(/^Do: /m);
  expect(meaning.trim().length).toBeGreaterThan(30);
  expect(remedy.trim().length).toBeGreaterThan(10);
});
