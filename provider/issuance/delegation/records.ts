/** The DNS records that a managed template requires. Pure: the same records in every signing state. */
import type { ChallengeDelegation } from "../../wire/signing-request.ts";
import { canonicalHost } from "../../x509/names.ts";

export interface DelegationRecord {
  /** Name of the record, without a trailing dot. */
  readonly fromDomain: string;
  /** Target of the record. */
  readonly toDomain: string;
  readonly type: "CNAME";
  /** Seconds. Qwilt recommends at most one day (docs/qwilt-api.md 4.3 rule 1). */
  readonly ttl: number;
}

const ONE_DAY_S = 86_400;

/** Sorted by name, one per name: a wildcard and its base name share a record, and DNS refuses two (schwamster/serverless-certificate-creator#46). */
export function delegationRecords(pairs: readonly ChallengeDelegation[]): DelegationRecord[] {
  const byName = new Map<string, DelegationRecord>();
  for (const { fromDomain, toDomain } of pairs) {
    const name = dnsName(fromDomain);
    if (!byName.has(name))
      byName.set(name, { fromDomain: name, toDomain: dnsName(toDomain), type: "CNAME", ttl: ONE_DAY_S });
  }
  return [...byName.values()].sort((a, b) => (a.fromDomain < b.fromDomain ? -1 : a.fromDomain > b.fromDomain ? 1 : 0));
}

/** "_acme-challenge.www.example.com CNAME x1.example.net", in zone-file order. */
export function describeRecord(record: Pick<DelegationRecord, "fromDomain" | "toDomain">): string {
  return `${record.fromDomain} CNAME ${record.toDomain}`;
}

/**
 * The record of one of a template's names. Qwilt adds only the first label, so the record of a name further below does
 * not match.
 */
export function recordOfName<Of extends Pick<DelegationRecord, "fromDomain">>(
  records: readonly Of[],
  name: string,
): Of | undefined {
  const base = dnsName(name).replace(/^\*\./, "");
  return records.find(({ fromDomain }) => fromDomain.replace(/^[^.]+\./, "") === base);
}

/**
 * The names that need a record, as they are spelled, without duplicates: a wildcard shares the record of its base name.
 */
export function namesWithRecord(hosts: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const host of hosts) {
    const base = host.trim().replace(/^\*\./, "");
    if (!byName.has(dnsName(base))) byName.set(dnsName(base), base);
  }
  return [...byName.values()];
}

/** As DNS packages expect it: A-labels, lower case, no trailing dot. */
function dnsName(name: string): string {
  return canonicalHost(name) ?? name.trim().toLowerCase().replace(/\.$/, "");
}
