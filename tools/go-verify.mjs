// Go's crypto/x509 as a reference for tests of the linter: from the user's cache, or built into it. It needs no module.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fillFolder, goBuild, goVersion, isComplete, whyGoCannotBuild } from "./go-build.mjs";
import { withLock } from "./lock.mjs";
import { cacheFolder, root } from "./paths.mjs";
import { main, SetUpError, saying } from "./run.mjs";

const program = join(root, "tests/support/x509/go-verify");

/** @returns the path of the program; a changed source or another Go version gives another path */
export async function ensureGoVerify(env = process.env) {
  const why = whyGoCannotBuild(env);
  if (why !== undefined) throw new SetUpError(missing(why));
  const source = createHash("sha256")
    .update(readFileSync(join(program, "main.go")))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cacheFolder(env), "go-verify", `${goVersion(env)}-${source}`);
  if (!isComplete(folder, ["go-verify"])) {
    await withLock(`${folder}.lock`, "Another process builds go-verify", async () => {
      if (!isComplete(folder, ["go-verify"])) await build(folder, env);
    });
  }
  return join(folder, "go-verify");
}

async function build(folder, env) {
  const log = join(cacheFolder(env), "logs", "go-verify.log");
  const result = await saying("Building go-verify, about 5 seconds, once ...", () =>
    fillFolder(folder, (next) => goBuild({ module: program, command: ".", out: join(next, "go-verify"), log }, env)),
  );
  if (!result.ok) throw new SetUpError(missing(result.why));
}

const missing = (why) =>
  `Go's verdicts on certificates are not available: ${why}.\n  do: install Go 1.21 or later, then run this again.`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    process.stdout.write(`${await ensureGoVerify()}\n`);
  });
}
