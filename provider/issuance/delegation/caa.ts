/**
 * Whether CAA records allow the CA of managed certificates to issue (RFC 8659) with its validation method (RFC 8657).
 */
import { type Ask, type DnsFinding, unanswered } from "./dns-finding.ts";

/** The CA that issues managed certificates (docs/qwilt-api.md 4.3 rule 4), as named in CAA records. */
const MANAGED_CA = "letsencrypt.org";
/** The validation method that the delegation records are for (docs/qwilt-api.md 4.3 rule 5). */
const METHOD = "dns-01";

interface Caa {
  readonly tag: string;
  /** "no CA" for a record that forbids all CAs. */
  readonly issuer: string;
  /** Validation methods that the record allows; undefined: all of them. */
  readonly methods: readonly string[] | undefined;
}

/**
 * The closest CAA set decides; without any, every CA is allowed.
 *
 * @param names of the certificate: the host itself, its wildcard, or both
 */
export async function caaFindings(host: string, names: readonly string[], ask: Ask): Promise<DnsFinding[]> {
  const labels = host.split(".");
  for (let depth = 0; depth < labels.length - 1; depth++) {
    const name = labels.slice(depth).join(".");
    const outcome = await ask(name, "CAA");
    // A CA that gets no DNS response does not issue either.
    if (outcome.kind === "error") return unanswered(`the CAA records of ${name}`, outcome.why);
    const set = outcome.kind === "answers" ? outcome.answers.flatMap(({ data }) => caaOf(data)) : [];
    if (set.length > 0) return judge(name, set, { plain: names.includes(host), wildcard: names.includes(`*.${host}`) });
  }
  return [];
}

function judge(name: string, set: readonly Caa[], wanted: { readonly plain: boolean; readonly wildcard: boolean }) {
  const ofTag = (tag: string) => set.filter((one) => one.tag === tag);
  // If there are issuewild records, issue records do not apply to wildcards.
  const wildcardTag = ofTag("issuewild").length > 0 ? "issuewild" : "issue";
  const tags = new Set([...(wanted.plain ? ["issue"] : []), ...(wanted.wildcard ? [wildcardTag] : [])]);
  return [...tags].flatMap((tag): DnsFinding[] => {
    const what = forbidden(tag, ofTag(tag));
    return what === undefined ? [] : [{ what: `the CAA record of ${name} allows ${what}`, blocks: true }];
  });
}

/**
 * What the records allow instead, and what to do. One record that allows the CA is enough; without any record of the
 * tag every CA is allowed.
 */
function forbidden(tag: string, records: readonly Caa[]): string | undefined {
  const ours = records.filter(({ issuer }) => issuer.toLowerCase() === MANAGED_CA);
  if (records.length === 0 || ours.some(({ methods }) => methods?.includes(METHOD) ?? true)) return undefined;
  const wildcards = tag === "issuewild" ? " for wildcards" : "";
  if (ours.length > 0) {
    const methods = ours.flatMap((one) => one.methods ?? []).join(", ") || "no method";
    const fix = `add 0 ${tag} "${MANAGED_CA}; validationmethods=${METHOD}"`;
    return `${MANAGED_CA}${wildcards} only by ${methods}, and Qwilt's certificates are validated by ${METHOD}: ${fix}`;
  }
  const only = tag === "issuewild" ? "wildcards only from" : "only";
  return `${only} ${records.map(({ issuer }) => issuer).join(", ")}: add 0 ${tag} "${MANAGED_CA}"`;
}

function caaOf(data: unknown): Caa[] {
  if (typeof data !== "object" || data === null || !("tag" in data) || !("value" in data)) return [];
  const [issuer = "", ...parameters] = String(data.value).split(";");
  return [{ tag: String(data.tag).toLowerCase(), issuer: issuer.trim() || "no CA", methods: methodsIn(parameters) }];
}

/** Only Qwilt knows whose account `accounturi` names, so it is ignored, as are parameters of other specifications. */
function methodsIn(parameters: readonly string[]): readonly string[] | undefined {
  const value = parameters
    .map((parameter) => /^\s*([^\s=]+)\s*=\s*(.*?)\s*$/.exec(parameter))
    .find((found) => found?.[1]?.toLowerCase() === "validationmethods")?.[2];
  return value
    ?.split(",")
    .map((method) => method.trim())
    .filter((method) => method !== "");
}
