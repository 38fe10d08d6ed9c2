import { readFileSync } from "node:fs";
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

test("the list of codes is sorted", () => {
  expect([...ERROR_CODES].sort()).toEqual([...ERROR_CODES]);
});

test.each(sections)("$code has its meaning and what to do", ({ body }) => {
  const [meaning = "", remedy = ""] = body.trim().split(/^Do: /m);
  expect(meaning.trim().length).toBeGreaterThan(30);
  expect(remedy.trim().length).toBeGreaterThan(10);
});
