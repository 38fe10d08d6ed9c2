// Builds dist/ (sdk and provider) and emulator/dist from their sources if these have changed, and links this package
// into its own node_modules, where the examples find it.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { withLock } from "./lock.mjs";
import { root, workFolder } from "./paths.mjs";
import { main, SetUpError, say } from "./run.mjs";

const compiler = join(root, "node_modules/typescript/bin/tsc");

const packages = [
  {
    name: "the provider",
    base: root,
    sources: ["sdk", "provider"],
    config: "tsconfig.build.json",
    out: "dist",
    add: addPlugin,
  },
  { name: "the emulator", base: join(root, "emulator"), sources: ["."], config: "tsconfig.json", out: "dist" },
];

/**
 * Brings both packages' dist up to date. Type errors are printed: a `strict` build fails because of them; any other
 * continues, because the compiler writes working code anyway and `npm run check` decides.
 */
export async function ensureBuilt({ strict = false } = {}) {
  linkSelf();
  if (!packages.every(isFresh)) {
    await withLock(join(workFolder, "build.lock"), "Another process builds this checkout", async () => {
      const stale = packages.filter((unit) => !isFresh(unit));
      if (stale.length === 0) return;
      say(`Building ${stale.map((unit) => unit.name).join(" and ")}, about 10 seconds ...`);
      await Promise.all(stale.map(build));
    });
  }
  const complaints = packages.map((unit) => readStamp(unit)?.complaints ?? "").filter((text) => text !== "");
  if (complaints.length === 0) return;
  if (strict) throw new SetUpError(`The build failed.\n${complaints.join("\n")}`);
  const lines = complaints.join("\n").split("\n");
  say(`The types do not check (npm run build shows all errors); continuing. The first: ${lines[0]}`);
}

/** Compiles into a temporary folder and moves file by file, so that a process that runs from dist never misses one. */
async function build(unit) {
  const digest = digestOf(unit);
  const fresh = mkdtempSync(join(tmpdir(), "pulumi-qwilt-build-"));
  try {
    const { code, output } = await compile(join(unit.base, unit.config), fresh);
    const complaints = code === 0 ? "" : output.trimEnd() || `tsc ended with code ${code}`;
    if (filesBelow(fresh).length === 0) throw new SetUpError(`The build failed.\n${complaints}`);
    for (const file of sourceFiles(unit).filter(isCopied)) cpSync(join(unit.base, file), join(fresh, file));
    await unit.add?.(fresh);
    publish(fresh, join(unit.base, unit.out));
    writeStamp(unit, { digest, complaints, files: filesBelow(fresh) });
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * The native provider as one file, so that the plugin needs nothing but Node, and starts quickly: `plugin/` is what
 * `pulumi package add` takes, and what a release packs into an archive.
 */
async function addPlugin(fresh) {
  const { build } = await import("esbuild");
  const folder = join(fresh, "plugin");
  const source = join(root, "provider/engine/native");
  cpSync(join(source, "package"), folder, { recursive: true });
  cpSync(join(source, "schema.json"), join(folder, "schema.json"));
  await build({
    entryPoints: [join(source, "main.ts")],
    outfile: join(folder, "index.js"),
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    logLevel: "error",
  });
}

function compile(config, outDir) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [compiler, "-p", config, "--outDir", outDir, "--pretty", "false"], {
      cwd: root,
    });
    let output = "";
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (error) => resolve({ code: 1, output: error.message }));
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** Makes `to` contain exactly the files of `from`. A rename replaces a file atomically; equal files are left alone. */
function publish(from, to) {
  const files = filesBelow(from);
  for (const file of files) {
    const target = join(to, file);
    const [content, { mode }] = [readFileSync(join(from, file)), statSync(join(from, file))];
    if (existsSync(target) && readFileSync(target).equals(content) && statSync(target).mode === mode) continue;
    mkdirSync(dirname(target), { recursive: true });
    const next = join(dirname(target), `.${basename(target)}.${process.pid}`);
    writeFileSync(next, content);
    chmodSync(next, mode);
    renameSync(next, target);
  }
  const wanted = new Set(files);
  for (const file of filesBelow(to)) if (!wanted.has(file)) rmSync(join(to, file));
}

/** Files that tsc does not copy and the built code needs: SQL, JSON. */
function isCopied(file) {
  return (
    /(\.d\.ts|\.[cm]?js|\.sql|\.json)$/.test(file) &&
    !/^(bin\/|package\.json$|tsconfig|provider\/engine\/native\/)/.test(file)
  );
}

function sourceFiles(unit) {
  const skipped = (file) => /(^|\/)(dist|node_modules)\/|\.test\.ts$/.test(file);
  return unit.sources
    .flatMap((folder) => filesBelow(join(unit.base, folder)).map((file) => join(folder, file)))
    .filter((file) => !skipped(file));
}

function filesBelow(folder, prefix = "") {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== "node_modules")
    .flatMap((entry) => {
      const path = join(prefix, entry.name);
      return entry.isDirectory() ? filesBelow(join(folder, entry.name), path) : [path];
    })
    .sort();
}

/**
 * What both packages are built from besides their own sources: this script, and the packages that compile them or are
 * bundled with them. package-lock.json says what is wanted, npm's own list what is installed.
 */
const SHARED = [
  "tools/build.mjs",
  "tsconfig.base.json",
  "package.json",
  "package-lock.json",
  "node_modules/.package-lock.json",
  "node_modules/typescript/package.json",
  "node_modules/esbuild/package.json",
];

/** Content, not dates: a fresh clone or a switched branch has new dates on old content, and vice versa. */
function digestOf(unit) {
  const hash = createHash("sha256");
  const shared = SHARED.map((file) => join(root, file));
  const own = [unit.config, ...sourceFiles(unit)].map((file) => join(unit.base, file));
  for (const file of [...shared, ...own]) {
    if (existsSync(file))
      hash
        .update(`${relative(root, file)}\0`)
        .update(readFileSync(file))
        .update("\0");
  }
  return hash.digest("hex");
}

const stampOf = (unit) => join(workFolder, `built-${unit.name.split(" ").at(-1)}.json`);

function isFresh(unit) {
  const stamp = readStamp(unit);
  if (stamp?.digest !== digestOf(unit)) return false;
  return stamp.files.every((file) => existsSync(join(unit.base, unit.out, file)));
}

function readStamp(unit) {
  try {
    return JSON.parse(readFileSync(stampOf(unit), "utf8"));
  } catch {
    return undefined;
  }
}

function writeStamp(unit, stamp) {
  mkdirSync(workFolder, { recursive: true });
  writeFileSync(`${stampOf(unit)}.new`, JSON.stringify(stamp));
  renameSync(`${stampOf(unit)}.new`, stampOf(unit));
}

/** `require("pulumi-qwilt")` and `npx pulumi-qwilt` work in the checkout as in a project that installed the package. */
function linkSelf() {
  link("..", join(root, "node_modules/pulumi-qwilt"), "dir");
  link("../../bin/pulumi-qwilt.js", join(root, "node_modules/.bin/pulumi-qwilt"), "file");
}

function link(target, path, type) {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined || !existsSync(dirname(path))) return;
  try {
    symlinkSync(target, path, type);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  // npm's `prepare`: an installed package already has its dist and no compiler, and set-up builds by itself.
  const asPrepare = process.argv.includes("--if-checkout");
  const isNeeded = existsSync(compiler) && process.env.PULUMI_QWILT_SET_UP === undefined;
  if (!asPrepare || isNeeded) main(() => ensureBuilt({ strict: true }));
}
