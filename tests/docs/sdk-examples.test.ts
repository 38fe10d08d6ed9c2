/** Every public class and function has an example in its doc comment, which compiles against the sdk. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { exportedValues, settings } from "./class-types.ts";
import { ROOT } from "./generated.ts";

const values = exportedValues();

test("the package exports seven classes and two functions, each with an example", () => {
  expect(values.length).toBeGreaterThanOrEqual(9);
  expect(values.filter(({ examples }) => examples.length === 0).map(({ name }) => name)).toEqual([]);
});

test("each example compiles with the settings of the repository", () => {
  mkdirSync(join(ROOT, ".work"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".work", "sdk-examples-"));
  try {
    const files = values.flatMap(({ name, examples }) =>
      examples.map((code, index) => {
        const file = join(folder, `${name}-${index}.ts`);
        writeFileSync(file, code);
        return file;
      }),
    );
    const paths = {
      "pulumi-qwilt": [join(ROOT, "sdk/index.ts")],
      "pulumi-qwilt/policies": [join(ROOT, "sdk/policies.ts")],
    };
    const program = ts.createProgram(files, { ...settings(), paths });
    const found = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      const message = ts.flattenDiagnosticMessageText(messageText, "\n");
      return `${file?.fileName.replace(`${folder}/`, "") ?? ""}: ${message}`;
    });
    expect(found).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
