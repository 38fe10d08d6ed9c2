/** The published package in a project outside the repository: TypeScript, CommonJS and ESM programs, and the linter. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { codeBlocks, page, ROOT } from "../docs/generated.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";
import { siteProgram } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

const run = promisify(execFile);
const KEPT_OUT = ["tests", "emulator", "tools", "examples", "provider", "sdk", ".ci"];

let outside: string;
let files: string[];
let emulator: EmulatorProcess;
let stack: Stack;

beforeAll(async () => {
  outside = mkdtempSync(join(tmpdir(), "pulumi-qwilt-packed-"));
  const npm = (...args: string[]) => run("npm", args, { cwd: outside, maxBuffer: 16 * 1024 * 1024 });
  // Packing does not rebuild dist, which other tests are running from.
  const packed = await npm("pack", ROOT, "--json", "--ignore-scripts", "--pack-destination", outside);
  const [tarball] = JSON.parse(packed.stdout) as { filename: string; files: { path: string }[] }[];
  if (tarball === undefined) throw new Error("npm pack made nothing");
  files = tarball.files.map(({ path }) => path);
  writeFileSync(join(outside, "package.json"), JSON.stringify({ name: "outside", private: true }));
  // TypeScript below 7: what Pulumi accepts (docs/pulumi-engine.md 2.6). The versions are the repository's, so npm has
  // them.
  const versions = JSON.parse(page("package.json")) as { devDependencies: Record<string, string> };
  const wanted = ["@pulumi/pulumi", "typescript", "@types/node"].map(
    (one) => `${one}@${versions.devDependencies[one]}`,
  );
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund"];
  [emulator] = await Promise.all([
    startEmulatorProcess(),
    npm("install", ...quiet, join(outside, tarball.filename), ...wanted),
  ]);
  stack = await createStack(emulator);
}, 180_000);
afterAll(async () => {
  stack?.close();
  await emulator?.close();
  rmSync(outside, { recursive: true, force: true });
});

/** A project below the folder that everything is installed in. */
async function project(name: string, program: Record<string, string>): Promise<string> {
  const folder = join(outside, name);
  mkdirSync(join(folder, "certificate"), { recursive: true });
  writeFileSync(join(folder, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n`);
  for (const [file, text] of Object.entries(program)) writeFileSync(join(folder, file), text);
  const init = await stack.pulumi(["stack", "init", "prod", "--cwd", folder]);
  if (init.code !== 0) throw new Error(init.all);
  return folder;
}

/** With more days left than the warning window. */
async function materialFor(host: string): Promise<Material> {
  const [, material] = await materials(2, [host]);
  if (material === undefined) throw new Error("two certificates were asked for");
  return material;
}

async function previewAndUp(folder: string): Promise<void> {
  const preview = await stack.preview("--cwd", folder);
  expect(preview.all).toMatch(/Certificate www create .*valid until/);
  await stack.up("--cwd", folder);
  const again = await stack.preview("--cwd", folder, "--expect-no-changes");
  expect(again.all).not.toContain("Diagnostics");
}

async function servedHosts(): Promise<string[]> {
  return (await emulator.edgeNow()).filter(({ fingerprint }) => fingerprint !== null).map(({ host }) => host);
}

test("the tarball holds the compiled package and its documents, and nothing of tests, emulator or tools", () => {
  const folders = new Set(files.map((path) => path.split("/")[0] ?? ""));
  expect(KEPT_OUT.filter((folder) => folders.has(folder))).toEqual([]);
  expect(files.filter((path) => /\.test\.|(?<!\.d)\.ts$|\.tsbuildinfo$/.test(path))).toEqual([]);
  for (const path of ["dist/sdk/index.js", "dist/sdk/index.d.ts", "dist/provider/index.js", "bin/pulumi-qwilt.js"]) {
    expect(files).toContain(path);
  }
  expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "CHANGELOG.md", "docs/resources.md"]));
});

test("the packages that the code requires are declared, no more and no fewer, so isolating package managers work too", () => {
  const folder = join(outside, "node_modules/pulumi-qwilt");
  const declared = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, object>;
  const allowed = new Set([
    ...builtinModules,
    ...Object.keys(declared.dependencies ?? {}),
    ...Object.keys(declared.peerDependencies ?? {}),
    "pulumi-qwilt",
  ]);
  const files = readdirSync(join(folder, "dist"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".js"),
  );
  const isPlugin = (file: string) => file.startsWith("plugin/");
  const asked = requiredBy(
    folder,
    files.filter((file) => !isPlugin(file)),
  );
  expect([...asked].filter((name) => !allowed.has(name))).toEqual([]);
  expect(Object.keys(declared.dependencies ?? {}).filter((name) => !asked.has(name))).toEqual([]);
});

test("the README's program works in TypeScript", async () => {
  const [program = ""] = codeBlocks("README.md", "ts");
  const material = await materialFor("www.example.com");
  const folder = await project("typescript", {
    "index.ts": program,
    "package.json": JSON.stringify({ name: "typescript", private: true, main: "index.ts" }),
    "certificate/leaf.pem": material.leaf,
    "certificate/chain.pem": material.chain,
    "certificate/key.pem": material.key,
  });
  cpSync(join(ROOT, "examples/rotation/tsconfig.json"), join(folder, "tsconfig.json"));
  await previewAndUp(folder);
  expect(await servedHosts()).toContain("www.example.com");
});

test("a program in plain JavaScript works", async () => {
  const material = await materialFor("js.example.com");
  const body = siteProgram({ material, hosts: ["js.example.com"], siteName: "js" });
  const prelude = `const pulumi = require("@pulumi/pulumi");\nconst q = require("pulumi-qwilt");\n`;
  const folder = await project("javascript", {
    "index.js": prelude + body,
    "package.json": JSON.stringify({ name: "javascript", private: true, main: "index.js" }),
  });
  await previewAndUp(folder);
  expect(await servedHosts()).toContain("js.example.com");
});

test("a program of ES modules works", async () => {
  const material = await materialFor("esm.example.com");
  const body = siteProgram({ material, hosts: ["esm.example.com"], siteName: "esm" });
  const prelude = `import * as pulumi from "@pulumi/pulumi";\nimport * as q from "pulumi-qwilt";\n`;
  const folder = await project("modules", {
    "index.js": prelude + body,
    "package.json": JSON.stringify({ name: "modules", private: true, type: "module", main: "index.js" }),
  });
  await previewAndUp(folder);
  expect(await servedHosts()).toContain("esm.example.com");
});

test("npx pulumi-qwilt lint judges files there, with exit code 0 or 1", async () => {
  const material = await materialFor("www.example.com");
  const folder = mkdtempSync(join(outside, "lint-"));
  writeFileSync(join(folder, "leaf.pem"), material.leaf);
  writeFileSync(join(folder, "chain.pem"), material.chain);
  const lint = (...args: string[]) =>
    run("npx", ["--no-install", "pulumi-qwilt", "lint", "--certificate", "leaf.pem", "--chain", "chain.pem", ...args], {
      cwd: folder,
    });
  expect(JSON.parse((await lint("--host", "www.example.com", "--json")).stdout)).toEqual({
    findings: expect.not.arrayContaining([expect.objectContaining({ severity: "error" })]),
  });
  await expect(lint("--host", "stranger.example.net")).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining("stranger.example.net"),
  });
});

test("the plugin contains every package that it needs", () => {
  // A proxy that wants Kerberos is asked without it where the package is not installed.
  const optional = ["kerberos"];
  const asked = requiredBy(join(outside, "node_modules/pulumi-qwilt"), ["plugin/index.js"]);
  const known = [...builtinModules, ...optional];
  expect([...asked].filter((name) => !known.includes(name))).toEqual([]);
});

function requiredBy(folder: string, files: readonly string[]): Set<string> {
  const asked = new Set<string>();
  for (const file of files) {
    const code = readFileSync(join(folder, "dist", file), "utf8");
    for (const [, name = ""] of code.matchAll(/(?:require|import)\("([^"./][^"]*)"\)/g)) {
      if (name.startsWith("node:")) continue;
      asked.add(
        name
          .split("/")
          .slice(0, name.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    }
  }
  return asked;
}
