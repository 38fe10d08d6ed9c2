// `npm run plugin`: packs the native provider as `pulumi plugin install --file` takes it. One archive serves all platforms;
// a server has it under one name for each (docs/languages.md).
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt } from "./build.mjs";
import { ensurePackages } from "./packages.mjs";
import { root } from "./paths.mjs";
import { main, SetUpError } from "./run.mjs";

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** @returns the archive */
export function packPlugin(folder) {
  const archive = join(folder, `pulumi-resource-qwilt-v${version}.tar.gz`);
  const { status, stderr, error } = spawnSync("tar", ["-czf", archive, "-C", join(root, "dist/plugin"), "."], {
    encoding: "utf8",
  });
  if (status !== 0) throw new SetUpError(`The archive was not written: ${error?.message ?? stderr}`);
  return archive;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    await ensurePackages();
    await ensureBuilt({ strict: true });
    process.stdout.write(`${packPlugin(root)}\n`);
  });
}
