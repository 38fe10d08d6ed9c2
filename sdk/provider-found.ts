/** Reports at program start what would otherwise be "Cannot find module" for each resource, or at the first call to Qwilt. */
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { type PackageNotFoundDetails, packageNotFound } from "../provider/core/errors/setup-errors.ts";

/**
 * Resolves what the provider text requires, in the same way. Only if Pulumi's language host runs the program: its script and
 * that of the provider process are in the same package, and both start in the program's folder. A test, or a program inside
 * the Automation API, may run anywhere.
 */
export function requireProviderFound(): void {
  const [folder, script = ""] = [process.cwd(), process.argv[1]];
  if (!dirname(script).endsWith(join("@pulumi", "pulumi", "cmd", "run"))) return;
  if ("pnp" in process.versions) {
    refuse({ reason: "yarn-pnp", folder });
  }
  try {
    createRequire(join(folder, basename(script))).resolve("pulumi-qwilt/provider", { paths: [folder, script] });
  } catch {
    refuse({ reason: "not-in-program", folder });
  }
}

/** Pulumi prints the message alone, without a stack trace of ours. */
function refuse(details: PackageNotFoundDetails): never {
  throw new RunError(packageNotFound(details).message);
}
