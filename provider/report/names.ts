/** Which names and hosts a change loses. Pure. */

import { UNKNOWN } from "../run/lifecycle.ts";
import { coverage } from "../x509/coverage.ts";
import type { Planned } from "./planned.ts";
import type { CertificateSummary, SiteReport } from "./report.ts";

/** Secured hosts that are removed from the configuration. */
export function removedHosts({ before }: Planned, hosts: readonly string[] | undefined): readonly string[] {
  const were = Array.isArray(before?.hosts) ? before.hosts.filter((host) => typeof host === "string") : [];
  return hosts === undefined ? [] : were.filter((host) => !hosts.includes(host));
}

/** Secured hosts that the next certificate is known not to cover. */
export function uncoveredHosts(next: SiteReport["next"], hosts: readonly string[] | undefined): readonly string[] {
  if (next === undefined || next === "none" || next.dnsNames === undefined) return [];
  return coverage(next.dnsNames, hosts ?? [], next.ipAddresses).uncovered;
}

/** Names that a template requests a certificate for; undefined: not known. */
export function requestedNames(template: Planned | undefined): readonly string[] | undefined {
  const { commonName, subjectAlternativeNames = [] } = template?.wanted ?? {};
  const names = [commonName, ...(Array.isArray(subjectAlternativeNames) ? subjectAlternativeNames : [UNKNOWN])];
  return names.every((name) => typeof name === "string") ? [...new Set(names)] : undefined;
}

/** Names of the current certificate that the next one is known not to cover. */
export function lostNames(now: CertificateSummary | undefined, next: SiteReport["next"]): readonly string[] {
  if (next === undefined || next === "none" || next.dnsNames === undefined) return [];
  const names = [...(now?.dnsNames ?? []), ...(now?.ipAddresses ?? [])];
  return coverage(next.dnsNames, names, next.ipAddresses).uncovered;
}
