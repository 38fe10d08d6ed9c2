// actionlint, the linter of examples/ci/github: from the user's cache, or built from its Go module into it.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fillFolder, goBuild, isComplete, whyGoCannotBuild } from "./go-build.mjs";
import { withLock } from "./lock.mjs";
import { cacheFolder, root } from "./paths.mjs";
import { main, SetUpError, saying } from "./run.mjs";

/** The version that tools/actionlint/go.mod pins. */
export const actionlintVersion = "1.7.12";

/** @returns `{ actionlint, version }` */
export async function ensureActionlint(env = process.env) {
  const folder = join(cacheFolder(env), "actionlint", actionlintVersion);
  const binDir = join(folder, "bin");
  if (!isComplete(binDir, ["actionlint"])) {
    await withLock(`${folder}.lock`, "Another process builds actionlint", async () => {
      if (!isComplete(binDir, ["actionlint"])) await build(binDir, env);
    });
  }
  return { actionlint: join(binDir, "actionlint"), version: actionlintVersion };
}

async function build(binDir, env) {
  const why = whyGoCannotBuild(env);
  const step = {
    module: join(root, "tools/actionlint"),
    command: "github.com/rhysd/actionlint/cmd/actionlint",
    flags: ["-ldflags", "-s -w"],
    log: join(cacheFolder(env), "logs", "actionlint.log"),
  };
  const result =
    why !== undefined
      ? { ok: false, why }
      : await saying(`Building actionlint ${actionlintVersion} from its Go module, about 10 seconds, once ...`, () =>
          fillFolder(binDir, (bin) => goBuild({ ...step, out: join(bin, "actionlint") }, env)),
        );
  if (result.ok) return;
  throw new SetUpError(
    `There is no actionlint in ${binDir}, and it cannot be built: ${result.why}.\n  do: install Go 1.21 or later, then run this again.`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    process.stdout.write(`${JSON.stringify(await ensureActionlint())}\n`);
  });
}
