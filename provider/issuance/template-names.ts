/** Names of a template: compared and sent in one spelling, whatever spelling the program uses. */
import { canonicalHost } from "../x509/names.ts";

/** As it is in DNS and in certificates: A-labels, lower case. undefined: no host name of at least two labels. */
export function canonicalName(name: string): string | undefined {
  const host = canonicalHost(name);
  return host?.replace(/^\*\./, "").includes(".") ? host : undefined;
}

/** Each name once, in the order of the program. */
export function canonicalNames(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => canonicalName(name) ?? name))];
}

/** Equal for two templates with the same names. */
export function nameSet(commonName: string, names: readonly string[] | undefined): string {
  return JSON.stringify([canonicalName(commonName) ?? commonName, canonicalNames(names ?? []).sort()]);
}
