/** Rows and errors about credentials. */
import type { Credentials, ProviderConfig } from "../../core/config.ts";
import type { QwiltError } from "../../core/errors/qwilt-error.ts";
import { storeCredentials } from "../../core/errors/remedies.ts";
import { configMissing } from "../../core/errors/setup-errors.ts";

/** Shown when a run continued with the environment's credentials. */
export function afterFallback({ kind }: Credentials): string {
  return `Renew them with ${storeCredentials(kind)}`;
}

export function credentialsMissing({ missingCredential }: ProviderConfig): QwiltError {
  return configMissing(
    { missing: missingCredential ?? "credentials" },
    { call: { outcome: "not-done", reading: false } },
  );
}
