import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { REPORT_USAGE } from "../../provider/cli/report-command.ts";
import { expectGenerated, ROOT } from "./generated.ts";

test("docs/report.md has the options of the command", () => {
  expectGenerated("docs/report.md", "report-usage", `\`\`\`text\n${REPORT_USAGE.trim()}\n\`\`\``);
});

/** markdownlint is an ES module, so it runs in a Node of its own. Lines are long, the comment is no page, hosts are not links. */
const LINT = `
import { lint } from "markdownlint/sync";
const config = { default: true, "line-length": false, "first-line-heading": false, "no-bare-urls": false };
console.log(JSON.stringify(lint({ files: process.argv.slice(1), config })));
`;

test("every golden report is valid Markdown", () => {
  const reports = readdirSync(join(ROOT, "tests/golden/report")).map((name) => `tests/golden/report/${name}`);
  expect(reports.length).toBeGreaterThanOrEqual(30);
  const args = ["--input-type=module", "--eval", LINT, ...reports];
  const found: Readonly<Record<string, readonly object[]>> = JSON.parse(
    execFileSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" }),
  );
  expect(Object.keys(found).toSorted()).toEqual(reports.toSorted());
  expect(Object.values(found).flat()).toEqual([]);
});
