/** The CNAME records that a customer creates for a managed template (docs/qwilt-api.md 4.3 rule 5, U20). Pure. */
import { createHash } from "node:crypto";
import { domainToASCII } from "node:url";
import type { Assumptions } from "../assumptions.ts";

export interface DelegationPair {
  /** Name of the record. */
  readonly fromDomain: string;
  /** Value of the record: one of Qwilt's names. */
  readonly toDomain: string;
}

/** The names of a certificate in the order of a template, as ASCII, without duplicates. */
export function certificateNames(commonName: string, sans: readonly string[] | null): readonly string[] {
  return [...new Set([commonName, ...(sans ?? [])].map(toAscii))];
}

/** A name as in DNS and in certificates: A-labels, lower case. Empty if it is not a domain name. */
export function toAscii(name: string): string {
  const trimmed = name.trim().replace(/\.$/, "");
  return trimmed.startsWith("*.") ? `*.${domainToASCII(trimmed.slice(2))}` : domainToASCII(trimmed);
}

/** A wildcard is validated at its base name, so both need one record. */
export function baseName(name: string): string {
  return name.replace(/^\*\./, "");
}

export function delegationOf(name: string, organisation: string, rules: Assumptions): DelegationPair {
  const base = baseName(name);
  return {
    fromDomain: `${rules.delegationLabel}.${base}`,
    toDomain: challengeName(base, organisation, rules),
  };
}

/** One record for each base name, in the order of the names. */
export function delegationPairs(
  names: readonly string[],
  organisation: string,
  rules: Assumptions,
): readonly DelegationPair[] {
  return [...new Set(names.map(baseName))].map((name) => delegationOf(name, organisation, rules));
}

/**
 * The same for every template of the organization: a name has one CNAME, which the customer keeps permanently, so a new
 * template for the same name has to use it too.
 */
function challengeName(base: string, organisation: string, rules: Assumptions): string {
  const digest = createHash("sha256").update(`${organisation} ${base}`).digest("hex");
  return `${digest.slice(0, 24)}.${rules.challengeZone}`;
}
