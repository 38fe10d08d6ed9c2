/**
 * The published package as each package manager installs it: a program that depends on it, and one that depends on a
 * library that does. If the package is not found from the program's folder, the program stops and says what to install.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { page, ROOT } from "../docs/generated.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";

/** An installation and three commands of the CLI. */
jest.setTimeout(300_000);

const run = promisify(execFile);
const PULUMI = (JSON.parse(page("package.json")) as { devDependencies: Record<string, string> }).devDependencies[
  "@pulumi/pulumi"
];
/** Exact versions, so that a new release cannot break the test. */
const MANAGERS = ["pnpm@10.34.8", "yarn@1.22.22", "@yarnpkg/cli-dist@4.18.1"];
const QUIET = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];

let outside: string;
let registry: string;
let emulator: EmulatorProcess;
let stack: Stack;

beforeAll(async () => {
  outside = mkdtempSync(join(tmpdir(), "pulumi-qwilt-layouts-"));
  // Packing does not rebuild dist, which other tests are running from.
  const pack = (folder: string) =>
    run("npm", ["pack", folder, "--ignore-scripts", "--pack-destination", outside], { cwd: outside });
  const tools = join(outside, "tools");
  files({ "tools/package.json": { private: true }, ...library("library", tarball("pulumi-qwilt-0.1.0.tgz")) });
  [emulator] = await Promise.all([
    startEmulatorProcess(),
    pack(ROOT),
    pack(join(outside, "library")),
    run("npm", ["install", "--prefix", tools, ...QUIET, ...MANAGERS], { cwd: tools }),
  ]);
  registry = (await run("npm", ["config", "get", "registry"], { cwd: outside })).stdout.trim();
  stack = await createStack(emulator);
}, 180_000);
afterAll(async () => {
  stack?.close();
  await emulator?.close();
  // Hundreds of thousands of files: rmSync takes minutes.
  await run("rm", ["-rf", outside]);
}, 300_000);

type Use = "direct" | "indirect";
interface Layout {
  readonly name: string;
  readonly install: (folder: string) => Promise<unknown>;
  /** Files in addition to the program's own. */
  readonly files?: () => Record<string, string | object>;
  /** One installation at the top, with the program and the library below it. */
  readonly monorepo?: "npm" | "pnpm" | "program without package.json";
  /** Yarn 1 does not find a tarball that another tarball depends on; from a registry it would. */
  readonly resolutions?: true;
  readonly indirect: "works" | "is told";
}

const manager =
  (script: string, ...args: string[]) =>
  (folder: string) =>
    run(process.execPath, [join(outside, "tools/node_modules", script), ...args], { cwd: folder });
const npm =
  (...args: string[]) =>
  (folder: string) =>
    run("npm", ["install", ...QUIET, ...args], { cwd: folder });
const pnpm = manager("pnpm/bin/pnpm.cjs", "install", "--ignore-scripts", "--prefer-offline", "--no-frozen-lockfile");
const yarnClassic = manager("yarn/bin/yarn.js", "install", "--ignore-scripts", "--no-progress", "--prefer-offline");
const yarn = manager("@yarnpkg/cli-dist/bin/yarn.js", "install", "--mode=skip-build");
const yarnSettings = (nodeLinker: string) => () => ({
  ".yarnrc.yml": [
    `nodeLinker: ${nodeLinker}`,
    `npmRegistryServer: ${registry}`,
    `unsafeHttpWhitelist: ["*"]`,
    "enableTelemetry: false",
    "enableImmutableInstalls: false",
    "enableGlobalCache: false",
  ].join("\n"),
  "yarn.lock": "",
});

const LAYOUTS: readonly Layout[] = [
  { name: "npm", install: npm(), indirect: "works" },
  { name: "npm, isolated", install: npm("--install-strategy=linked"), indirect: "is told" },
  { name: "npm workspaces", install: npm(), monorepo: "npm", indirect: "works" },
  {
    name: "a program without a package.json below a monorepo",
    install: npm(),
    monorepo: "program without package.json",
    indirect: "works",
  },
  { name: "pnpm, isolated", install: pnpm, indirect: "works" },
  {
    name: "pnpm, isolated without its own hoisting",
    install: pnpm,
    files: () => ({ ".npmrc": "hoist=false\n" }),
    indirect: "is told",
  },
  { name: "pnpm, hoisted", install: pnpm, files: () => ({ ".npmrc": "node-linker=hoisted\n" }), indirect: "works" },
  { name: "pnpm workspaces", install: pnpm, monorepo: "pnpm", indirect: "works" },
  { name: "Yarn 1", install: yarnClassic, resolutions: true, indirect: "works" },
  { name: "Yarn 4 with node_modules", install: yarn, files: yarnSettings("node-modules"), indirect: "works" },
];
const PLUG_N_PLAY: Layout = {
  name: "Yarn 4 with Plug'n'Play",
  install: yarn,
  files: yarnSettings("pnp"),
  indirect: "is told",
};

test.each(LAYOUTS)("$name: a program that depends on the package works", async (layout) => {
  const { program, siteName } = await project(layout, "direct");
  await worksThrough(program, siteName);
});

test.each(LAYOUTS.filter(({ indirect }) => indirect === "works"))(
  "$name: a program that depends on a library of the package works",
  async (layout) => {
    const { program, siteName } = await project(layout, "indirect");
    await worksThrough(program, siteName);
  },
);

test.each(LAYOUTS.filter(({ indirect }) => indirect === "is told"))(
  "$name: a program that depends on a library of the package is told what to install, before anything is changed",
  async (layout) => {
    const { program } = await project(layout, "indirect");
    const since = await emulator.mark();
    const preview = await stack.pulumi(["preview", "--cwd", program]);
    expect(preview.code).not.toBe(0);
    expect(preview.all).toContain("add pulumi-qwilt to the dependencies in the program's own package.json");
    expect(preview.all).toContain(`where: ${program}`);
    expect(preview.all).toContain("[QWILT_PACKAGE_NOT_FOUND]");
    expect(preview.all).not.toMatch(/^\s+at /m);
    expect(await emulator.ledger(since)).toEqual([]);
  },
);

test("under Plug'n'Play no program runs: Pulumi or this package says so before anything is changed", async () => {
  const { folder, program } = await project(PLUG_N_PLAY, "direct");
  const since = await emulator.mark();
  const told = async (options: string, text: string) => {
    const preview = await stack.pulumi(["preview", "--cwd", program], { NODE_OPTIONS: options });
    expect(preview.code).not.toBe(0);
    expect(preview.all).toContain(text);
  };
  const [found, loader] = [`--require ${folder}/.pnp.cjs`, pathToFileURL(`${folder}/.pnp.loader.mjs`)];
  await told("", "It looks like the Pulumi SDK has not been installed.");
  await told(found, "set `nodeLinker: node-modules` in .yarnrc.yml and run yarn install [QWILT_PACKAGE_NOT_FOUND]");
  // With what `yarn exec pulumi` sets, Pulumi's own start of a program fails.
  await told(
    `${found} --experimental-loader ${loader}`,
    "TypeError: Cannot read properties of undefined (reading '.js')",
  );
  expect(await emulator.ledger(since)).toEqual([]);
});

test("a command on a stack without program and package names the package that its state needs", async () => {
  const layout = LAYOUTS[0];
  if (layout === undefined) throw new Error("there is no layout");
  const { folder, program } = await project(layout, "direct");
  await stack.up("--cwd", program);
  rmSync(join(folder, "node_modules/pulumi-qwilt"), { recursive: true });
  const destroy = await stack.pulumi(["destroy", "--yes", "--skip-preview", "--cwd", program]);
  expect(destroy.code).not.toBe(0);
  expect(destroy.all).toContain("Cannot find module 'pulumi-qwilt/provider'");
  await npm()(folder);
  await stack.destroy("--cwd", program);
});

let projects = 0;

async function project({ name, install, files: extra, monorepo, resolutions }: Layout, use: Use) {
  const folder = join(outside, `p${++projects}`);
  const program = monorepo === undefined ? folder : join(folder, "apps/program");
  const siteName = `${name}, ${use} (${projects})`;
  const dependencies = {
    "@pulumi/pulumi": PULUMI,
    ...(use === "direct" ? { "pulumi-qwilt": tarball("pulumi-qwilt-0.1.0.tgz") } : {}),
    ...(use === "indirect" ? { internal: inMonorepo(monorepo) ?? tarball("internal-1.0.0.tgz") } : {}),
  };
  const own = {
    ...{ name: "program", private: true, main: "index.js", dependencies },
    ...(resolutions ? { resolutions: { "pulumi-qwilt": tarball("pulumi-qwilt-0.1.0.tgz") } } : {}),
  };
  const top = { name: "top", private: true };
  const packages = {
    npm: { "package.json": { ...top, workspaces: ["apps/*", "library"] }, "apps/program/package.json": own },
    pnpm: {
      "package.json": top,
      "pnpm-workspace.yaml": "packages: [apps/*, library]\n",
      "apps/program/package.json": own,
    },
    "program without package.json": { "package.json": { ...top, workspaces: ["library"], dependencies } },
    none: { "package.json": own },
  }[monorepo ?? "none"];
  const below = (path: string) => join(folder, path).slice(outside.length + 1);
  const all = {
    ...packages,
    ...extra?.(),
    ...(monorepo === undefined ? {} : library("library", tarball("pulumi-qwilt-0.1.0.tgz"))),
  };
  files(Object.fromEntries(Object.entries(all).map(([path, text]) => [below(path), text])));
  const call =
    use === "direct"
      ? `new (require("pulumi-qwilt").Site)("www", { siteName: ${JSON.stringify(siteName)} });`
      : `require("internal").site("www", ${JSON.stringify(siteName)});`;
  const at = program.slice(outside.length + 1);
  files({ [`${at}/Pulumi.yaml`]: `name: p${projects}\nruntime: nodejs\n`, [`${at}/index.js`]: call });
  await install(folder);
  const init = await stack.pulumi(["stack", "init", "prod", "--cwd", program]);
  if (init.code !== 0) throw new Error(init.all);
  return { folder, program, siteName };
}

const tarball = (name: string) => `file:${join(outside, name)}`;

function inMonorepo(monorepo: Layout["monorepo"]): string | undefined {
  if (monorepo === "pnpm") return "workspace:*";
  return monorepo === undefined ? undefined : "*";
}

/** A team's own package on top of this one. */
function library(folder: string, qwilt: string): Record<string, string | object> {
  return {
    [`${folder}/package.json`]: {
      name: "internal",
      version: "1.0.0",
      main: "index.js",
      dependencies: { "pulumi-qwilt": qwilt },
      peerDependencies: { "@pulumi/pulumi": "3" },
    },
    [`${folder}/index.js`]: `const q = require("pulumi-qwilt");\nexports.site = (name, siteName) => new q.Site(name, { siteName });\n`,
  };
}

function files(all: Record<string, string | object>): void {
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(outside, path)), { recursive: true });
    writeFileSync(join(outside, path), typeof text === "string" ? text : JSON.stringify(text, undefined, 2));
  }
}

async function worksThrough(program: string, siteName: string): Promise<void> {
  const must = async (...args: string[]) => {
    const done = await stack.pulumi([...args, "--yes", "--skip-preview", "--cwd", program]);
    if (done.code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${done.code}:\n${done.all}`);
  };
  await must("up");
  expect(await sites()).toContain(siteName);
  await must("refresh", "--expect-no-changes");
  await must("destroy");
  expect(await sites()).not.toContain(siteName);
}

async function sites(): Promise<string[]> {
  const { body } = await emulator.call("GET", "/api/v2/sites");
  return (body as { siteName: string }[]).map(({ siteName }) => siteName);
}
