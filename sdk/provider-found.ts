/** Tells at program start what would else be "Cannot find module" for each resource: the provider is not installed where it is looked for. */
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { QwiltError } from "../provider/errors.ts";

/**
 * Resolves what the provider text requires, as it does. Only where Pulumi's language host runs the program: its script and
 * the provider process's are in the same package, and both start in the folder of the program. A test, or a program inside
 * the Automation API, may run anywhere.
 */
export function requireProviderFound(): void {
  const [folder, script = ""] = [process.cwd(), process.argv[1]];
  if (!dirname(script).endsWith(join("@pulumi", "pulumi", "cmd", "run"))) return;
  try {
    createRequire(join(folder, basename(script))).resolve("pulumi-qwilt/provider", { paths: [folder, script] });
  } catch (cause) {
    const missing = new QwiltError({
      code: "QWILT_PACKAGE_NOT_FOUND",
      what: "The package pulumi-qwilt was loaded by a library, but Pulumi's provider process looks for it from the program's folder and does not find it there.",
      where: folder,
      todo: "add pulumi-qwilt to the dependencies in the program's own package.json and install (npm install, pnpm add or yarn add pulumi-qwilt)",
      cause,
    });
    // Pulumi prints its message alone, without a stack trace of ours.
    throw new RunError(missing.message);
  }
}
