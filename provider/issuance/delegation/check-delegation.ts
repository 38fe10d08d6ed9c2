/**
 * What DNS returns now for the delegation records. Queried only on request, during a refresh, or to explain a failure.
 */
import { caaFindings } from "./caa.ts";
import { type Ask, type DnsFinding, unanswered } from "./dns-finding.ts";
import { type DnsOutcome, type DnsServer, queryDns } from "./dns-query.ts";
import { type DelegationRecord, describeRecord } from "./records.ts";

/** Qwilt recommends at most one day (docs/qwilt-api.md 4.3 rule 1). */
const LONGEST_TTL_S = 86_400;
/** Longer alias chains are taken for loops. */
const MOST_ALIASES = 8;

/**
 * Empty if every record is correct. A failed query is a finding of its own.
 *
 * @param names of the certificate: a CAA record may treat wildcards differently
 */
export async function lookupDelegation(
  records: readonly DelegationRecord[],
  names: readonly string[],
  server: DnsServer,
): Promise<DnsFinding[]> {
  const asked = new Map<string, Promise<DnsOutcome>>();
  const ask: Ask = (name, type) => {
    const key = `${type} ${name}`;
    const known = asked.get(key) ?? queryDns(name, type, server);
    asked.set(key, known);
    return known;
  };
  const findings = await Promise.all(records.map((record) => judge(record, names, ask)));
  return [...findings.flat(), ...behindProxy(findings.flat(), server)];
}

/** Behind a proxy, a company's DNS often knows internal names only: an existing record may look missing. */
function behindProxy(findings: readonly DnsFinding[], { server, proxy }: DnsServer): DnsFinding[] {
  const doubtful = findings.some((finding) => finding.unanswered || (finding.blocks && server === undefined));
  if (proxy === undefined || !doubtful) return [];
  const remedy =
    server === undefined
      ? "if this machine's DNS server resolves only internal names, set qwilt:dnsServer to one that resolves public names"
      : `if ${server} is not reachable from here, set qwilt:dnsServer to a server that is`;
  return [{ what: `DNS queries do not go through the proxy ${proxy}: ${remedy}`, blocks: false }];
}

async function judge(record: DelegationRecord, names: readonly string[], ask: Ask): Promise<DnsFinding[]> {
  const wanted = describeRecord(record);
  const blocking = (what: string): DnsFinding[] => [{ what, blocks: true }];
  const found = await cname(record.fromDomain, ask);
  const end = await lastAlias(found, record.toDomain, ask);
  if (end.kind === "error") return unanswered(record.fromDomain, end.why);
  if (found.kind !== "found") return blocking(`the record is missing: create ${wanted}`);
  if (end.target !== record.toDomain) {
    const shadow = (await fromWildcard(record.fromDomain, found.target, ask))
      ? ", from a wildcard record above it"
      : "";
    return blocking(`${record.fromDomain} points to ${found.target}${shadow}: change it to ${wanted}`);
  }
  const slow = `the TTL of ${record.fromDomain} is ${found.ttl} s: set it to at most ${LONGEST_TTL_S}`;
  const base = record.fromDomain.replace(/^[^.]+\./, "");
  return [
    ...(found.ttl > LONGEST_TTL_S ? [{ what: slow, blocks: false }] : []),
    ...(await caaFindings(base, names, ask)),
  ];
}

type Cname =
  | { readonly kind: "found"; readonly target: string; readonly ttl: number }
  | { readonly kind: "none"; readonly target?: undefined }
  | { readonly kind: "error"; readonly why: string };

async function cname(name: string, ask: Ask): Promise<Cname> {
  const outcome = await ask(name, "CNAME");
  if (outcome.kind === "error") return outcome;
  if (outcome.kind === "no-name") return { kind: "none" };
  const answer = outcome.answers.find(({ type }) => type === "CNAME");
  if (answer === undefined || typeof answer.data !== "string") return { kind: "none" };
  return { kind: "found", target: answer.data.toLowerCase().replace(/\.$/, ""), ttl: answer.ttl };
}

/** A CA follows aliases, so a record may lead to the right name through others. */
async function lastAlias(first: Cname, wanted: string, ask: Ask): Promise<Cname> {
  let last = first;
  for (let aliases = 1; aliases < MOST_ALIASES && last.kind === "found" && last.target !== wanted; aliases++) {
    const next = await cname(last.target, ask);
    if (next.kind === "none") break;
    last = next;
  }
  return last;
}

/** A sibling name that nobody created can have the same value only through a wildcard. */
async function fromWildcard(name: string, target: string, ask: Ask): Promise<boolean> {
  const parent = name.split(".").slice(1).join(".");
  const neighbour = await cname(`_pulumi-qwilt-looks-for-a-wildcard.${parent}`, ask);
  return neighbour.kind === "found" && neighbour.target === target;
}
