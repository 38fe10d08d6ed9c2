// What the tests of other languages need: the language hosts of YAML, Python and Go, and Pulumi's generators of SDKs.
// Built from Go modules into the user's cache, once; a release of Pulumi contains all of them.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fillFolder, goBuild, isComplete, whyGoCannotBuild } from "./go-build.mjs";
import { withLock } from "./lock.mjs";
import { cacheFolder, root } from "./paths.mjs";
import { main, SetUpError, saying } from "./run.mjs";

const modules = join(root, "tools/languages");
const stamp = (version) => [
  "-ldflags",
  `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`,
];

const programs = [
  {
    file: "pulumi-language-yaml",
    module: join(modules, "yaml"),
    command: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    flags: ["-ldflags", "-s -w -X github.com/pulumi/pulumi-yaml/pkg/version.Version=v1.25.0"],
  },
  {
    file: "pulumi-language-python",
    module: join(modules, "hosts"),
    command: "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
    flags: stamp("v3.66.0"),
  },
  {
    file: "pulumi-language-go",
    module: join(modules, "hosts"),
    command: "github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go",
    flags: stamp("v3.66.0"),
  },
  { file: "generate-sdks", module: join(modules, "codegen"), command: ".", flags: ["-ldflags", "-s -w"] },
];

/** @returns `{ binDir }`, a folder for PATH */
export async function ensureLanguages(env = process.env) {
  const folder = join(cacheFolder(env), "languages", digest());
  const binDir = join(folder, "bin");
  const files = programs.map(({ file }) => file);
  if (!isComplete(binDir, files)) {
    await withLock(`${folder}.lock`, "Another process builds the language hosts", async () => {
      if (!isComplete(binDir, files)) await build(binDir, env);
    });
  }
  return { binDir };
}

/** Of everything that decides what is built. */
function digest() {
  const hash = createHash("sha256");
  for (const file of ["yaml/go.sum", "hosts/go.sum", "codegen/go.sum", "codegen/main.go"])
    hash.update(readFileSync(join(modules, file)));
  return hash.digest("hex").slice(0, 16);
}

async function build(binDir, env) {
  const why = whyGoCannotBuild(env);
  const result =
    why !== undefined
      ? { ok: false, why }
      : await saying("Building the language hosts from their Go modules, about 5 minutes on two cores, once ...", () =>
          fillFolder(binDir, async (bin) => {
            for (const { file, ...step } of programs) {
              const log = join(cacheFolder(env), "logs", `${file}.log`);
              const built = await goBuild({ ...step, out: join(bin, file), log }, env);
              if (!built.ok) return built;
            }
            return { ok: true };
          }),
        );
  if (result.ok) return;
  throw new SetUpError(
    `There are no language hosts in ${binDir}, and they cannot be built: ${result.why}.\n  do: install Go 1.21 or later, then run this again.`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    process.stdout.write(`${JSON.stringify(await ensureLanguages())}\n`);
  });
}
