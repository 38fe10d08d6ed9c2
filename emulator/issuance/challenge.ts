/** The dns-01 challenges of a signing request in Qwilt's challenge zone, as the emulator's own CA sets them. */
import { createHash } from "node:crypto";
import type { Assumptions } from "../assumptions.ts";
import type { DnsRecord } from "../dns/dns-record.ts";
import type { DnsZone } from "../dns/dns-zone.ts";
import { namesOf } from "../domain/certificate-template.ts";
import { type DelegationPair, delegationOf, delegationPairs } from "../domain/delegation.ts";
import type { SigningRequest } from "../domain/signing-request.ts";
import { caaAllows, findsToken } from "./dns-check.ts";

interface Parts {
  readonly zone: DnsZone;
  readonly rules: Assumptions;
}

interface Challenge extends DelegationPair {
  readonly name: string;
  readonly token: string;
}

/** The CNAME records that a request needs; none for a self-managed one. */
export function pairsOf(rules: Assumptions, request: SigningRequest): readonly DelegationPair[] {
  return request.autoManaged ? delegationPairs(namesOf(request), request.organisation, rules) : [];
}

export function publishTokens(parts: Parts, request: SigningRequest): void {
  for (const { toDomain, token } of challengesOf(parts, request)) parts.zone.add(toDomain, record(token));
}

/** Works also if there are none left. */
export function removeTokens(parts: Parts, request: SigningRequest): void {
  if (request.signingState !== "REQUESTING_CERTIFICATE_FROM_CA" || !request.autoManaged) return;
  for (const { toDomain, token } of challengesOf(parts, request)) parts.zone.remove(toDomain, record(token));
}

/** What the CA checks: each token through the customer's name, and CAA. */
export function challengePasses(parts: Parts, request: SigningRequest): boolean {
  return challengesOf(parts, request).every(
    ({ name, fromDomain, token }) =>
      findsToken(parts.zone, fromDomain, token) && caaAllows(parts.zone, name, parts.rules.caaIssuer),
  );
}

/** A wildcard and its base name are two challenges at one name. */
function challengesOf({ rules }: Parts, request: SigningRequest): readonly Challenge[] {
  return namesOf(request).map((name) => ({
    ...delegationOf(name, request.organisation, rules),
    name,
    token: createHash("sha256").update(`${request.csrId} ${name}`).digest("base64url"),
  }));
}

function record(value: string): DnsRecord {
  return { type: "TXT", value, ttl: 1 };
}
