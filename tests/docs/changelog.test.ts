/** CHANGELOG.md is written in one style, so that a reader who upgrades finds the plan in each line. */

import { page } from "./generated.ts";
import { kinds } from "./resource-reference.ts";

const PARTS = ["engine", "lint", "report", "promotion", "emulator", "docs"];
const lines = page("CHANGELOG.md")
  .split("\n## ")
  .slice(1)
  .flatMap((release) => release.split("\n").slice(1))
  .filter((line) => line.trim() !== "");

test.each(lines)("a line names resources or a part, and the plan on upgrade: %s", (line) => {
  const [, subjects = "", rest = ""] = /^- ([\w, ]+): (.*)$/.exec(line) ?? [];
  const known = [...kinds(), ...PARTS];
  expect(subjects.split(", ").filter((subject) => !known.includes(subject))).toEqual([]);
  if (!PARTS.includes(subjects)) expect(rest).toMatch(/ Plan on upgrade: (none|update|replace)\.( Do: .+\.)?$/);
});

test("every resource is in the changelog", () => {
  const text = lines.join("\n");
  expect(kinds().filter((kind) => !text.includes(kind))).toEqual([]);
});
