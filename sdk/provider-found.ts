/** Reports at program start what would otherwise be "Cannot find module" for each resource, or at the first call to Qwilt. */
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { QwiltError } from "../provider/core/errors.ts";

/**
 * Resolves what the provider text requires, in the same way. Only if Pulumi's language host runs the program: its script and
 * that of the provider process are in the same package, and both start in the program's folder. A test, or a program inside
 * the Automation API, may run anywhere.
 */
export function requireProviderFound(): void {
  const [folder, script = ""] = [process.cwd(), process.argv[1]];
  if (!dirname(script).endsWith(join("@pulumi", "pulumi", "cmd", "run"))) return;
  if ("pnp" in process.versions) {
    refuse(
      folder,
      "Yarn Plug'n'Play installed the packages, and Node does not find the ES modules there that pulumi-qwilt depends on.",
      "set `nodeLinker: node-modules` in .yarnrc.yml and run yarn install",
    );
  }
  try {
    createRequire(join(folder, basename(script))).resolve("pulumi-qwilt/provider", { paths: [folder, script] });
  } catch {
    refuse(
      folder,
      "The package pulumi-qwilt was loaded by a library, but Pulumi's provider process looks for it from the program's folder and does not find it there.",
      "add pulumi-qwilt to the dependencies in the program's own package.json and install (npm install, pnpm add or yarn add pulumi-qwilt)",
    );
  }
}

/** Pulumi prints only the message of a RunError, without a stack trace. */
function refuse(where: string, what: string, todo: string): never {
  throw new RunError(new QwiltError({ code: "QWILT_PACKAGE_NOT_FOUND", what, where, todo }).message);
}
