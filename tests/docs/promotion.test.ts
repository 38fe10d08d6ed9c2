/** docs/promotion.md: its program fits the types, and what the command prints is what it prints. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { PROMOTION_USAGE } from "../../provider/cli/promotion-command.ts";
import { codeBlocks, expectGenerated, page, ROOT } from "./generated.ts";

test("it has the options of the command", () => {
  expectGenerated("docs/promotion.md", "promotion-usage", `\`\`\`text\n${PROMOTION_USAGE.trim()}\n\`\`\``);
});

test("the status is the golden one, which the real stacks gave", () => {
  const golden = page("tests/golden/promotion-status.txt");
  expectGenerated("docs/promotion.md", "promotion-status", `\`\`\`text\n${golden}\`\`\``);
});

test("its program fits the types of the package as built", () => {
  mkdirSync(join(ROOT, ".work"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".work", "promotion-"));
  try {
    const files = codeBlocks("docs/promotion.md", "ts").map((program, index) => {
      const file = join(folder, `program-${index}.ts`);
      writeFileSync(file, program);
      return file;
    });
    expect(files).toHaveLength(1);
    const text = readFileSync(join(ROOT, "examples/promotion/tsconfig.json"), "utf8");
    const settings = ts.parseConfigFileTextToJson("tsconfig.json", text).config as { compilerOptions: object };
    const { options } = ts.convertCompilerOptionsFromJson(settings.compilerOptions, ROOT);
    const program = ts.createProgram(files, { ...options, noEmit: true });
    const wrong = ts.getPreEmitDiagnostics(program);
    expect(wrong.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the settings that it names are those of the example", () => {
  const program = page("examples/promotion/index.ts");
  for (const [, name = ""] of page("docs/promotion.md").matchAll(/pulumi config (?:rm|set) (\w+)/g))
    expect(program).toContain(`config.get("${name}")`);
});
