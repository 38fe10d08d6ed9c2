/** README.md is true: its pictures are of real output, its program compiles, its summary is the demo's. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { codeBlocks, expectFile, expectGenerated, page, ROOT } from "./generated.ts";
import { reportPicture } from "./report-picture.ts";
import { terminalPicture } from "./terminal-picture.ts";

const golden = page("tests/golden/rotation-preview.txt");

test("the preview in docs/preview.md is the golden one, which the real CLI printed", () => {
  expectGenerated("docs/preview.md", "rotation-preview", `\`\`\`text\n${golden}\`\`\``);
});

test("the picture of a preview shows the same text", () => {
  expectFile("docs/preview.svg", terminalPicture(golden, "pulumi preview of a rotation"));
});

test("the picture of a report shows the golden one, of the real CLI's preview", () => {
  const report = page("tests/golden/report/rotation.md");
  expectFile("docs/report.svg", reportPicture(report, "pulumi-qwilt report of a rotation"));
});

test("each test that README.md names exists", () => {
  const named = [...page("README.md").matchAll(/`(tests\/[^`]+\.test\.ts)`/g)].map(([, file = ""]) => file);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

test("README.md fits on a few screens", () => {
  expect(page("README.md").split("\n").length).toBeLessThan(150);
});

test("each program in README.md fits the types of the package as built, with the settings of the example", () => {
  const programs = codeBlocks("README.md", "ts");
  expect(programs.length).toBeGreaterThan(0);
  mkdirSync(join(ROOT, ".work"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".work", "readme-"));
  try {
    const files = programs.map((_program, index) => join(folder, `program-${index}.ts`));
    for (const [index, file] of files.entries()) writeFileSync(file, programs[index] ?? "");
    expect(complaints(files)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the summary in README.md has the lines that npm start prints", () => {
  const [summary = ""] = codeBlocks("README.md", "text").filter((block) => block.startsWith("== Summary"));
  const demo = page("tools/demo/rotation.mjs");
  const lines = summary.trim().split("\n");
  expect(lines.length).toBeGreaterThan(4);
  for (const line of lines) {
    const beginning = line.match(/^\W*[A-Za-z]+( [a-z]+)*/)?.[0] ?? line;
    expect(demo).toContain(beginning);
  }
});

function complaints(files: readonly string[]): string[] {
  const text = readFileSync(join(ROOT, "examples/rotation/tsconfig.json"), "utf8");
  const settings = ts.parseConfigFileTextToJson("tsconfig.json", text).config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson(settings.compilerOptions, ROOT);
  const program = ts.createProgram(files, { ...options, noEmit: true });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
