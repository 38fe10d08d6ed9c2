/**
 * Names of the settings in the namespace `qwilt:`, for modules that must not load the configuration reader. Documented
 * at `ProviderConfig`.
 */
export const CONFIG_KEYS = [
  "apiKey",
  "username",
  "password",
  "organization",
  "endpoint",
  "endpoints",
  "edgeProbe",
  "dnsServer",
  "edgeAddress",
  "expiryWarningDays",
  "requestTimeoutMs",
  "maxConcurrency",
  "publishTimeoutMs",
] as const;
export type ConfigKey = (typeof CONFIG_KEYS)[number];

/**
 * One sentence per unknown setting: otherwise a misspelled key would be ignored silently.
 *
 * @param configured full keys of the stack's configuration
 * @param project a project that is itself called "qwilt" has its own settings in this namespace, so nothing is reported
 *   there
 */
export function unknownSettings(configured: readonly string[], project: string): readonly string[] {
  if (project === "qwilt") return [];
  return configured.flatMap((full) => {
    const [, key] = /^qwilt:([^.[]+)/.exec(full) ?? [];
    if (key === undefined || CONFIG_KEYS.some((known) => known === key)) return [];
    const meant = CONFIG_KEYS.find((known) => comparableKey(known) === comparableKey(key));
    const hint = meant === undefined ? `the settings are ${CONFIG_KEYS.join(", ")}` : `did you mean qwilt:${meant}?`;
    return [`the setting qwilt:${key} is unknown and has no effect; ${hint}`];
  });
}

const comparableKey = (key: string) => key.toLowerCase().replaceAll(/[-_]/g, "");
