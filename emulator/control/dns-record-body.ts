import { type DnsRecord, dnsTypes } from "../dns/dns-record.ts";
import type { DnsFault } from "../dns/dns-zone.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import type { JsonObject } from "../domain/json.ts";

/** One day: the longest TTL that Qwilt recommends for a delegation record (docs/qwilt-api.md 4.3 rule 1). */
const defaultTtl = 86_400;

/** Body of `PUT /dns/{name}`. @throws Refusal with status 400 */
export function readDnsRecord(body: JsonObject): DnsRecord {
  const { type, value, ttl } = body;
  const known = dnsTypes.find((name) => name === type);
  if (known === undefined) throw new ApiProblem(400, `type must be one of ${dnsTypes.join(", ")}.`);
  if (typeof value !== "string") throw new ApiProblem(400, "value must be a text.");
  if (ttl !== undefined && typeof ttl !== "number") throw new ApiProblem(400, "ttl must be a number of seconds.");
  return { type: known, value, ttl: ttl ?? defaultTtl };
}

const dnsFaults: readonly DnsFault[] = ["SERVFAIL", "REFUSED", "silent"];

/** Body of `PUT /dns-faults/{name}`: `{"fault": "SERVFAIL"}`; null ends it. @throws Refusal with status 400 */
export function readDnsFault({ fault }: JsonObject): DnsFault | undefined {
  if (fault === null) return undefined;
  const known = dnsFaults.find((name) => name === fault);
  if (known === undefined) throw new ApiProblem(400, `fault must be one of ${dnsFaults.join(", ")}, or null.`);
  return known;
}
