/** What DNS contains for a signing request. Reads the emulator's own zone, as a resolver would see it. */
import { parseCaa } from "../dns/dns-record.ts";
import type { DnsZone } from "../dns/dns-zone.ts";
import { baseName, type DelegationPair } from "../domain/delegation.ts";

/**
 * "missing": no record, or no response. "wrong": the aliases end somewhere else, because of the record itself or of a
 * wildcard that covers its name.
 */
export type DelegationVerdict = "good" | "missing" | "wrong";

export function checkDelegation(zone: DnsZone, { fromDomain, toDomain }: DelegationPair): DelegationVerdict {
  // TXT, as the CA will query it: aliases are followed, however many.
  const { answers, rcode } = zone.resolve(fromDomain, "TXT");
  if (rcode !== "NOERROR" && rcode !== "NXDOMAIN")
    return rcode === "SERVFAIL" ? circleOrMissing(zone, fromDomain) : "missing";
  const last = answers.filter((answer) => answer.type === "CNAME").at(-1);
  if (last === undefined) return "missing";
  return sameName(last.value, toDomain) ? "good" : "wrong";
}

/** An alias loop fails like a broken server, but the customer's record exists. */
function circleOrMissing(zone: DnsZone, name: string): DelegationVerdict {
  return zone.resolve(name, "CNAME").answers.length > 0 ? "wrong" : "missing";
}

/** The worst of all pairs: one wrong record makes the request fail. */
export function checkDelegations(zone: DnsZone, pairs: readonly DelegationPair[]): DelegationVerdict {
  const verdicts = new Set(pairs.map((pair) => checkDelegation(zone, pair)));
  if (verdicts.has("wrong")) return "wrong";
  return verdicts.has("missing") ? "missing" : "good";
}

/** The dns-01 challenge: the token is found through the customer's name (RFC 8555 section 8.4). */
export function findsToken(zone: DnsZone, fromDomain: string, token: string): boolean {
  const { answers } = zone.resolve(fromDomain, "TXT");
  return answers.some(({ type, value }) => type === "TXT" && value === token);
}

/**
 * Whether CAA lets an issuer sign a name: the closest name upwards that has CAA records decides (RFC 8659 section 3).
 *
 * @param issuer its domain in CAA records
 */
export function caaAllows(zone: DnsZone, name: string, issuer: string): boolean {
  const wildcard = name.startsWith("*.");
  for (let owner = baseName(name); owner !== ""; owner = owner.split(".").slice(1).join(".")) {
    const { rcode, answers } = zone.resolve(owner, "CAA");
    if (rcode !== "NOERROR" && rcode !== "NXDOMAIN") return false;
    const set = answers.flatMap(({ type, value }) => {
      const parsed = type === "CAA" ? parseCaa(value) : undefined;
      return parsed === undefined ? [] : [parsed];
    });
    if (set.length === 0) continue;
    const ofWildcards = set.filter(({ tag }) => tag === "issuewild");
    const relevant = wildcard && ofWildcards.length > 0 ? ofWildcards : set.filter(({ tag }) => tag === "issue");
    // Records without the relevant tag, such as iodef alone, restrict nothing.
    return relevant.length === 0 || relevant.some(({ value }) => names(value, issuer));
  }
  return true;
}

/** The issuer, and by RFC 8657 the dns-01 challenge if the record restricts the validation methods. */
function names(value: string, issuer: string): boolean {
  const [domain = "", ...parameters] = value.split(";").map((part) => part.trim());
  const methods = parameters.find((one) => /^validationmethods\s*=/i.test(one))?.replace(/^[^=]*=/, "");
  return (
    sameName(domain, issuer) &&
    (methods === undefined ||
      methods
        .split(",")
        .map((one) => one.trim())
        .includes("dns-01"))
  );
}

function sameName(a: string, b: string): boolean {
  const fold = (name: string) => name.toLowerCase().replace(/\.$/, "");
  return fold(a) === fold(b);
}
