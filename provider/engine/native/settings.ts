/** The provider's configuration as the engine passes it: JSON text for what is not a string. */
import { readConfig } from "../../core/config.ts";
import { unknownSettings } from "../../core/config-keys.ts";
import { QwiltError } from "../../core/errors/qwilt-error.ts";
import type { Failure } from "../../run/lifecycle.ts";
import type { Properties } from "../resource-properties.ts";
import { containsUnknown } from "../unknowns.ts";

/** What the engine itself adds to the configuration of every provider. */
const OF_THE_ENGINE = ["version", "pluginDownloadURL", "pluginChecksums", "__internal"];

/** @param key full key, as `ConfigSource` has it ("qwilt:apiKey") */
export function settingOf(settings: Properties, key: string): string | undefined {
  const value = settings[key.slice(key.indexOf(":") + 1)];
  if (value === undefined || value === null || containsUnknown(value)) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Everything that is wrong with the settings, before any resource is touched. */
export function settingFailures(settings: Properties, env: NodeJS.ProcessEnv): Failure[] {
  try {
    readConfig({ get: (key) => settingOf(settings, key) }, env);
    return [];
  } catch (thrown) {
    if (thrown instanceof QwiltError) return [{ property: "", reason: thrown.message }];
    throw thrown;
  }
}

/** @param urn of the provider */
export function settingWarnings(settings: Properties, urn: string): readonly string[] {
  const own = Object.keys(settings).filter((key) => !OF_THE_ENGINE.includes(key));
  return unknownSettings(
    own.map((key) => `qwilt:${key}`),
    urn.split("::")[1] ?? "",
  );
}
