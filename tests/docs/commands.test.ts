/** The commands in the documents exist. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
].filter((file) => existsSync(join(root, file)));

/** `npm run X`, `npm test`, `npm start`: the scripts that a text names. */
function scriptsIn(text: string): string[] {
  const named = [...text.matchAll(/\bnpm (?:(?:-s|--silent) )?(?:run (?:-s |--silent )?([\w:-]+)|(test|start)\b)/g)];
  return [...new Set(named.map((match) => match[1] ?? match[2] ?? ""))];
}

test.each([
  ["`npm test` and `npm start`", ["test", "start"]],
  ["npm run pulumi -- up\nnpm run -s pulumi -- stack", ["pulumi"]],
  ["npm run test:campaign -- --size 3", ["test:campaign"]],
  ["npm ci, npm install", []],
])("in %j the scripts are %j", (text, found) => expect(scriptsIn(text)).toEqual(found));

test("CONTRIBUTING.md names start, test and check", () => {
  expect(scriptsIn(readFileSync(join(root, "CONTRIBUTING.md"), "utf8"))).toEqual(
    expect.arrayContaining(["start", "test", "check"]),
  );
});

test.each(documents)("every npm command in %s is a script of package.json", (file) => {
  const missing = scriptsIn(readFileSync(join(root, file), "utf8")).filter((name) => scripts[name] === undefined);
  expect(missing).toEqual([]);
});

test.each(Object.entries(scripts))("npm run %s starts a file that exists", (_name, command) => {
  const file = /\bnode (\S+)/.exec(command)?.[1];
  if (file !== undefined) expect(existsSync(join(root, file))).toBe(true);
});

test("CONTRIBUTING.md describes each tier that jest knows, and no other", () => {
  const { projects } = require("../../jest.config.js") as { projects: { displayName: string }[] };
  const table = readFileSync(join(root, "CONTRIBUTING.md"), "utf8").split("## Test tiers")[1]?.split("\n## ")[0] ?? "";
  const described = [...table.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
  expect([...described].sort()).toEqual(projects.map(({ displayName }) => displayName).sort());
});

test("package-lock.json has every optional package of every platform, or npm ci refuses it", () => {
  const program = `import { missingIn } from "./tools/complete-lock.mjs"; import { readFileSync } from "node:fs";
    console.log(JSON.stringify(missingIn(JSON.parse(readFileSync("package-lock.json", "utf8")))));`;
  const missing = execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd: root }).toString();
  // If this fails: node tools/complete-lock.mjs
  expect(JSON.parse(missing)).toEqual([]);
});
