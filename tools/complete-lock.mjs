// Completes package-lock.json after an `npm install`: if a registry mirror serves this machine's platform only, npm
// leaves out the other platforms' optional packages, and `npm ci` rejects such a lock on every machine. The added
// entries have no checksum: npm adds it where the package can be fetched.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./paths.mjs";
import { main, SetUpError } from "./run.mjs";

/** Optional packages that an entry names and the lock lacks: `[{ name, version }]`. */
export function missingIn({ packages }) {
  const missing = new Map();
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!isResolved(packages, path, name)) missing.set(name, version);
    }
  }
  return [...missing].map(([name, version]) => ({ name, version }));
}

/** Node's resolution: the package's own node_modules, then those of the folders above. */
function isResolved(packages, path, name) {
  for (let folder = path; ; ) {
    if (packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === "") return false;
    const above = folder.lastIndexOf("/node_modules/");
    folder = above === -1 ? "" : folder.slice(0, above);
  }
}

/** The platform at the end of a package's name, such as `linux-x64-musl`. */
function platformOf(name) {
  const [, os, cpu, abi = ""] =
    /-(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|loong64|ppc64|riscv64|s390x|x64)(-\w+)?$/.exec(
      name,
    ) ?? [];
  if (os === undefined)
    throw new SetUpError(`The name ${name} does not contain its platform: add it to the lock by hand.`);
  const libc = os === "linux" ? [abi.includes("musl") ? "musl" : "glibc"] : undefined;
  return { cpu: [cpu], ...(libc === undefined ? {} : { libc }), os: [os] };
}

/** The lock with an entry for each missing package. All are dependencies of development tools. */
export function completed(lock) {
  const added = missingIn(lock).map(({ name, version }) => {
    if (!/^\d+\.\d+\.\d+$/.test(version)) throw new SetUpError(`${name} is asked for as ${version}: which is that?`);
    return [`node_modules/${name}`, { version, dev: true, optional: true, ...platformOf(name) }];
  });
  const entries = [...Object.entries(lock.packages), ...added];
  // In npm's order.
  const packages = Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, "en")));
  return { ...lock, packages };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    const file = join(root, "package-lock.json");
    const lock = JSON.parse(readFileSync(file, "utf8"));
    const missing = missingIn(lock);
    if (missing.length > 0) writeFileSync(file, `${JSON.stringify(completed(lock), null, 2)}\n`);
    process.stdout.write(`${missing.length} packages of other platforms added to package-lock.json\n`);
  });
}
