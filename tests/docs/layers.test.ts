/**
 * The layers of provider/ and sdk/: which folders there are, and that imports go downwards, type-only ones included.
 */
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { ROOT, trackedFiles } from "./generated.ts";

/** From the lowest to the highest. A file imports from its own layer and from those before it. */
const ROOMS: readonly string[] = [
  "provider/wire",
  "provider/x509",
  "provider/x509/lint",
  "provider/core/errors",
  "provider/core",
  "provider/api/http",
  "provider/api/endpoints",
  "provider/api",
  "provider/run",
  "provider/site",
  "provider/issuance/delegation",
  "provider/issuance",
  "provider/publishing",
  "provider/rotation",
  "provider/resources",
  "provider/engine",
  "provider/engine/dynamic",
  "provider/engine/native",
  "provider",
  "provider/policies",
  "provider/move",
  "provider/report",
  "provider/cli",
  "sdk",
];

/** npm packages that only some layers may import; all others are allowed everywhere. */
const RESERVED: Readonly<Record<string, (file: string) => boolean>> = {
  "node-fetch": (file) => file === "provider/api/http/transport.ts",
  "@pulumi/pulumi": (file) =>
    file === "provider/engine/engine-channel.ts" ||
    file.startsWith("provider/engine/native/") ||
    file.startsWith("sdk/"),
};

/** With more files, nobody finds one by its name. */
const MOST_FILES = 17;

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = trackedFiles().filter((file) => /^(provider|sdk)\/.*\.(ts|js)$/.test(file));
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/(?:from|import|import\(|require\()\s*"([^"]+)"/g)].map(([, specifier = ""]) => ({
    from: file,
    to: specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : specifier,
  }));
}

function roomOf(file: string): string {
  for (let folder = dirname(file); folder !== "."; folder = dirname(folder)) {
    if (ROOMS.includes(folder)) return folder;
  }
  throw new Error(`${file} is in no room`);
}

const isOurs = (path: string) => path.startsWith("provider/") || path.startsWith("sdk/");
const rank = (file: string) => ROOMS.indexOf(roomOf(file));

test("imports run downwards", () => {
  expect(imports.length).toBeGreaterThan(300);
  const upward = imports.filter(({ from, to }) => isOurs(to) && rank(to) > rank(from));
  expect(upward).toEqual([]);
});

test("no file imports itself through others, not even for a type", () => {
  const below = new Map<string, string[]>();
  for (const { from, to } of imports) if (isOurs(to)) below.set(from, [...(below.get(from) ?? []), to]);
  const done = new Set<string>();
  const path: string[] = [];
  const cycles: string[] = [];
  const visit = (file: string) => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (path.includes(file) || done.has(file)) return;
    path.push(file);
    for (const next of below.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of files) visit(file);
  expect(cycles).toEqual([]);
});

test("only permitted files import Pulumi and the HTTP client", () => {
  const wrong = imports.filter(({ from, to }) =>
    Object.entries(RESERVED).some(([name, may]) => (to === name || to.startsWith(`${name}/`)) && !may(from)),
  );
  expect(wrong).toEqual([]);
});

test("docs/design.md lists exactly the layers, and no folder has too many files", () => {
  const page = readFileSync(join(ROOT, "docs/design.md"), "utf8");
  const listed = [...page.matchAll(/^\| `((?:provider|sdk)[^`]*)` \|/gm)].map(([, room]) => room);
  const folders = [...new Set(files.map((file) => dirname(file)))].filter((folder) => folder !== "provider");
  expect(listed.toSorted()).toEqual(folders.toSorted());
  const full = folders.filter((folder) => files.filter((file) => dirname(file) === folder).length > MOST_FILES);
  expect(full).toEqual([]);
});
