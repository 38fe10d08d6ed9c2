/** tools/build.mjs builds again when anything changed that dist is made from; its compilers are replaced by short ones. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "../..");
/** Each run of the compiler adds a line. */
const RUNS = "runs.txt";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "build-"));
  cpSync(join(ROOT, "tools"), join(home, "tools"), { recursive: true });
  for (const file of ["package.json", "package-lock.json", "node_modules/.package-lock.json"]) put(file, "{}");
  put("sdk/index.ts", "");
  put("emulator/index.ts", "");
  put("provider/engine/native/schema.json", "{}");
  put("provider/engine/native/package/pulumi-resource-qwilt", "");
  put("node_modules/typescript/package.json", "{}");
  put(
    "node_modules/typescript/bin/tsc",
    `const fs = require("node:fs");
     fs.writeFileSync(process.argv[process.argv.indexOf("--outDir") + 1] + "/index.js", "");
     fs.appendFileSync(${JSON.stringify(join(home, RUNS))}, "compiled\\n");`,
  );
  put("node_modules/esbuild/package.json", JSON.stringify({ name: "esbuild", main: "index.js" }));
  put(
    "node_modules/esbuild/index.js",
    `exports.build = async ({ outfile }) => require("fs").writeFileSync(outfile, "");`,
  );
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** @returns how often the compiler ran */
function build(): number {
  const before = runs();
  execFileSync(process.execPath, [join(home, "tools/build.mjs")], { stdio: "pipe" });
  return runs() - before;
}

test("a build of what has not changed compiles nothing", () => {
  expect(build()).toBe(2);
  expect(build()).toBe(0);
});

test.each([
  ["a source", "sdk/index.ts", 1],
  ["the schema of the native provider", "provider/engine/native/schema.json", 1],
  ["a source of the emulator", "emulator/index.ts", 1],
  ["the packages that are wanted", "package-lock.json", 2],
  ["the packages that are installed, which the plugin's bundle contains", "node_modules/.package-lock.json", 2],
  ["the compiler", "node_modules/typescript/package.json", 2],
  ["the bundler", "node_modules/esbuild/package.json", 2],
  ["the build itself", "tools/build.mjs", 2],
])("after a change of %s, %s, what depends on it is built again", (_what, file, packages) => {
  writeFileSync(join(home, file), `${readFileSync(join(home, file), "utf8")}\n`);
  expect(build()).toBe(packages);
  expect(build()).toBe(0);
});

function runs(): number {
  try {
    return readFileSync(join(home, RUNS), "utf8").trim().split("\n").length;
  } catch {
    return 0;
  }
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
}
