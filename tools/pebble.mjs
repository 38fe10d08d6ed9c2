// Pebble, the ACME server for tests, and its DNS helper: from the user's cache, or built from Go modules into it.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fillFolder, goBuild, isComplete, whyGoCannotBuild } from "./go-build.mjs";
import { withLock } from "./lock.mjs";
import { cacheFolder, root } from "./paths.mjs";
import { main, SetUpError, saying } from "./run.mjs";

/** The version that tools/pebble/go.mod pins. */
export const pebbleVersion = "2.10.1";

const files = ["pebble", "pebble-challtestsrv"];

/** @returns `{ binDir, pebble, challtestsrv, version }` */
export async function ensurePebble(env = process.env) {
  const folder = join(cacheFolder(env), "pebble", pebbleVersion);
  const binDir = join(folder, "bin");
  if (!isComplete(binDir, files)) {
    await withLock(`${folder}.lock`, "Another process builds Pebble", async () => {
      if (!isComplete(binDir, files)) await build(binDir, env);
    });
  }
  return { binDir, pebble: join(binDir, files[0]), challtestsrv: join(binDir, files[1]), version: pebbleVersion };
}

async function build(binDir, env) {
  const why = whyGoCannotBuild(env);
  const result =
    why !== undefined
      ? { ok: false, why }
      : await saying(`Building Pebble ${pebbleVersion} from its Go modules, about 10 seconds, once ...`, () =>
          fillFolder(binDir, async (bin) => {
            for (const file of files) {
              const step = {
                module: join(root, "tools/pebble"),
                command: `github.com/letsencrypt/pebble/v2/cmd/${file}`,
              };
              const log = join(cacheFolder(env), "logs", `${file}.log`);
              const built = await goBuild({ ...step, flags: ["-ldflags", "-s -w"], out: join(bin, file), log }, env);
              if (!built.ok) return built;
            }
            return { ok: true };
          }),
        );
  if (result.ok) return;
  throw new SetUpError(
    `There is no Pebble in ${binDir}, and it cannot be built: ${result.why}.\n  do: install Go 1.21 or later, then run this again.`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    process.stdout.write(`${JSON.stringify(await ensurePebble())}\n`);
  });
}
