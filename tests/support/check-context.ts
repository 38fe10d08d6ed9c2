/** What `check` and `diff` are given, without a provider process around it. */
import { readConfig } from "../../provider/config.ts";
import { createKeyVault } from "../../provider/key-vault.ts";
import type { CheckContext } from "../../provider/lifecycle.ts";
import { createTemplatesMet } from "../../provider/templates-met.ts";

/** @param met objects of the state that the run has met: "Certificate 7" */
export function checkContextAt(now: number, ...met: readonly string[]): CheckContext {
  return {
    clock: { now: () => now, sleep: async () => undefined },
    config: readConfig({ get: () => undefined }, {}),
    keys: createKeyVault(),
    stack: { has: (kind, id) => met.includes(`${kind} ${id}`) },
    templates: createTemplatesMet(),
  };
}
