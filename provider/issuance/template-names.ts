/** Names of a template are compared and sent in one spelling, whatever the program uses. */
import { canonicalHost } from "../x509/names.ts";

/**
 * The spelling in DNS and in certificates: A-labels, lower case. undefined: not a host name with at least two labels.
 */
export function canonicalName(name: string): string | undefined {
  const host = canonicalHost(name);
  return host?.replace(/^\*\./, "").includes(".") ? host : undefined;
}

/** Without duplicates, in the program's order. */
export function canonicalNames(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => canonicalName(name) ?? name))];
}

/** Equal for two templates with the same names. */
export function nameSet(commonName: string, names: readonly string[] | undefined): string {
  return JSON.stringify([canonicalName(commonName) ?? commonName, canonicalNames(names ?? []).sort()]);
}
