/** docs/resources.md: every argument and every output, with the text from the code. */
import { expectGenerated, page } from "./generated.ts";
import { asMarkdown, kinds, referenceOf } from "./resource-reference.ts";

test("docs/resources.md has a heading for each resource and no other", () => {
  const headings = [...page("docs/resources.md").matchAll(/^## ([A-Z]\w+)$/gm)].map(([, name]) => name);
  expect([...headings].sort()).toEqual([...kinds()].sort());
});

test.each(kinds())("the reference of %s is what its schema and its class say", (kind) => {
  expectGenerated("docs/resources.md", kind, asMarkdown(referenceOf(kind)));
});

test.each(kinds())("every argument and output of %s has a meaning in words", (kind) => {
  const { intro, args, outputs } = referenceOf(kind);
  expect(intro).not.toBe("");
  expect([...args, ...outputs].filter(({ doc }) => doc === "").map(({ name }) => name)).toEqual([]);
});
