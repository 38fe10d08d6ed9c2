/** Warns about unknown settings, once per run, in the diagnostics of the stack. */
import { getProject, log, runtime } from "@pulumi/pulumi";
import { unknownSettings } from "../provider/core/config-keys.ts";

/** Per run: an Automation API program runs several times in one process. */
const warned = new WeakSet<object>();

export function warnAboutUnknownSettings(): void {
  const run = runtime.getMonitor();
  if (run === undefined || warned.has(run)) return;
  warned.add(run);
  for (const sentence of unknownSettings(Object.keys(runtime.allConfig()), getProject())) void log.warn(sentence);
}
