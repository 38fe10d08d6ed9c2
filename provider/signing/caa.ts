/** Whether CAA records let the CA of managed certificates sign (RFC 8659). */
import { type Ask, type DnsFinding, unanswered } from "./dns-finding.ts";

/** CA that signs managed certificates (qwilt-api.md 4.3 rule 4), by its name in CAA records. */
const MANAGED_CA = "letsencrypt.org";

interface Caa {
  readonly tag: string;
  /** "no CA" for a record that forbids all. */
  readonly issuer: string;
}

/**
 * The closest CAA set decides; none at all allows every CA.
 *
 * @param names of the certificate: the host itself, its wildcard, or both
 */
export async function caaFindings(host: string, names: readonly string[], ask: Ask): Promise<DnsFinding[]> {
  const labels = host.split(".");
  for (let depth = 0; depth < labels.length - 1; depth++) {
    const name = labels.slice(depth).join(".");
    const outcome = await ask(name, "CAA");
    // A CA that gets no answer does not sign either.
    if (outcome.kind === "error") return unanswered(`the CAA records of ${name}`, outcome.why);
    const set = outcome.kind === "answers" ? outcome.answers.flatMap(({ data }) => caaOf(data)) : [];
    if (set.length > 0) return judge(name, set, { plain: names.includes(host), wildcard: names.includes(`*.${host}`) });
  }
  return [];
}

function judge(name: string, set: readonly Caa[], wanted: { readonly plain: boolean; readonly wildcard: boolean }) {
  const issuers = (tag: string) => set.filter((one) => one.tag === tag).map(({ issuer }) => issuer);
  // Where wildcards have a rule of their own, the common one is not theirs.
  const wildcardTag = issuers("issuewild").length > 0 ? "issuewild" : "issue";
  const tags = new Set([...(wanted.plain ? ["issue"] : []), ...(wanted.wildcard ? [wildcardTag] : [])]);
  return [...tags].flatMap((tag): DnsFinding[] => {
    const allowed = issuers(tag);
    if (allowed.length === 0 || allowed.includes(MANAGED_CA)) return [];
    const what = tag === "issuewild" ? "wildcards only from" : "only";
    const fix = `add 0 ${tag} "${MANAGED_CA}"`;
    return [{ what: `the CAA record of ${name} allows ${what} ${allowed.join(", ")}: ${fix}`, blocks: true }];
  });
}

function caaOf(data: unknown): Caa[] {
  if (typeof data !== "object" || data === null || !("tag" in data) || !("value" in data)) return [];
  return [{ tag: String(data.tag), issuer: String(data.value).split(";")[0]?.trim() || "no CA" }];
}
