/** What DNS answers for the delegation records now. Asked only on request, on a refresh, or to explain a failure. */
import { type DelegationRecord, describeRecord } from "./delegation.ts";
import { type DnsServer, queryDns } from "./dns-query.ts";

/** CA that signs managed certificates (qwilt-api.md 4.3 rule 4), by its name in CAA records. */
const MANAGED_CA = "letsencrypt.org";
/** Qwilt recommends at most one day (qwilt-api.md 4.3 rule 1). */
const LONGEST_TTL_S = 86_400;

/** One line a finding; empty when every record is as it must be. Failing to ask is a finding of its own. */
export async function lookupDelegation(records: readonly DelegationRecord[], server: DnsServer): Promise<string[]> {
  const findings = await Promise.all(records.map((record) => judge(record, server)));
  return findings.flat();
}

async function judge(record: DelegationRecord, server: DnsServer): Promise<string[]> {
  const wanted = describeRecord(record);
  const found = await cname(record.fromDomain, server);
  if (found.kind === "error") return [`DNS could not be asked for ${record.fromDomain}: ${found.why}`];
  if (found.kind === "none") return [`the record is missing: create ${wanted}`];
  if (found.target !== record.toDomain) {
    const shadow = (await fromWildcard(record.fromDomain, found.target, server))
      ? ", from a wildcard record above it"
      : "";
    return [`${record.fromDomain} points to ${found.target}${shadow}: make it ${wanted}`];
  }
  const slow =
    found.ttl > LONGEST_TTL_S
      ? [`the time to live of ${record.fromDomain} is ${found.ttl} s: make it at most ${LONGEST_TTL_S}`]
      : [];
  return [...slow, ...(await caaFindings(record.fromDomain.replace(/^_acme-challenge\./, ""), server))];
}

type Cname =
  | { readonly kind: "found"; readonly target: string; readonly ttl: number }
  | { readonly kind: "none" }
  | { readonly kind: "error"; readonly why: string };

async function cname(name: string, server: DnsServer): Promise<Cname> {
  const outcome = await queryDns(name, "CNAME", server);
  if (outcome.kind === "error") return outcome;
  if (outcome.kind === "no-name") return { kind: "none" };
  const answer = outcome.answers.find(({ type }) => type === "CNAME");
  if (answer === undefined || typeof answer.data !== "string") return { kind: "none" };
  return { kind: "found", target: answer.data.toLowerCase().replace(/\.$/, ""), ttl: answer.ttl };
}

/** A neighbour that nobody made answers the same only through a wildcard. */
async function fromWildcard(name: string, target: string, server: DnsServer): Promise<boolean> {
  const parent = name.split(".").slice(1).join(".");
  const neighbour = await cname(`_pulumi-qwilt-looks-for-a-wildcard.${parent}`, server);
  return neighbour.kind === "found" && neighbour.target === target;
}

/** The closest CAA set decides (RFC 8659); none at all allows every CA. */
async function caaFindings(host: string, server: DnsServer): Promise<string[]> {
  const labels = host.split(".");
  for (let depth = 0; depth < labels.length - 1; depth++) {
    const name = labels.slice(depth).join(".");
    const outcome = await queryDns(name, "CAA", server);
    const records = outcome.kind === "answers" ? outcome.answers.filter(({ type }) => type === "CAA") : [];
    if (records.length === 0) continue;
    const issuers = records.flatMap(({ data }) => issuerOf(data));
    if (issuers.length === 0 || issuers.includes(MANAGED_CA)) return [];
    return [`the CAA record of ${name} allows only ${issuers.join(", ")}: add 0 issue "${MANAGED_CA}"`];
  }
  return [];
}

function issuerOf(data: unknown): string[] {
  if (typeof data !== "object" || data === null || !("tag" in data) || data.tag !== "issue" || !("value" in data))
    return [];
  return [String(data.value).split(";")[0]?.trim() || "no CA"];
}
