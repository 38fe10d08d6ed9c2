/** Certificate policies along a path (RFC 5280 section 6.1), as far as they decide whether clients accept it. */
import { type Certificate, extensionOf } from "../certificate.ts";
import { children, readDer, readOid } from "../der.ts";
import { EXTENSION, readSmall } from "../extensions.ts";

const ANY_POLICY = "2.5.29.32.0";

/**
 * True if a certificate of the path requires a policy common to all of them, and there is none.
 *
 * @param path from the leaf upwards, without a root
 * @throws RangeError if an extension cannot be parsed
 */
export function lacksRequiredPolicy(path: readonly Certificate[]): boolean {
  let explicit = path.length + 1;
  let inhibitAny = path.length + 1;
  // Undefined: any policy.
  let valid: ReadonlySet<string> | undefined;
  for (const [index, certificate] of [...path].reverse().entries()) {
    const isLeaf = index === path.length - 1;
    const selfIssued = certificate.subjectDer.equals(certificate.issuerDer);
    valid = meet(valid, policiesOf(certificate), inhibitAny > 0 || (!isLeaf && selfIssued));
    if (explicit === 0 && valid?.size === 0) return true;
    if (!isLeaf) valid = mapped(valid, certificate);
    if (isLeaf || !selfIssued) {
      explicit = Math.max(0, explicit - 1);
      inhibitAny = Math.max(0, inhibitAny - 1);
    }
    const required = requiredAfter(certificate);
    if (isLeaf ? required === 0 : required !== undefined) explicit = Math.min(explicit, required ?? 0);
    inhibitAny = Math.min(inhibitAny, inhibitAnyAfter(certificate) ?? inhibitAny);
  }
  return explicit === 0 && valid?.size === 0;
}

function meet(valid: ReadonlySet<string> | undefined, own: readonly string[], anyCounts: boolean) {
  if (own.includes(ANY_POLICY) && anyCounts) return valid;
  const named = own.filter((id) => id !== ANY_POLICY);
  return new Set(valid === undefined ? named : named.filter((id) => valid.has(id)));
}

function policiesOf(certificate: Certificate): readonly string[] {
  const extension = extensionOf(certificate, EXTENSION.policies);
  if (extension === undefined) return [];
  return children(readDer(extension.value)).flatMap((policy) => children(policy).slice(0, 1).map(readOid));
}

function mapped(valid: ReadonlySet<string> | undefined, certificate: Certificate) {
  const extension = extensionOf(certificate, EXTENSION.policyMappings);
  if (extension === undefined || valid === undefined) return valid;
  const pairs = children(readDer(extension.value)).map((pair) => children(pair).map(readOid));
  const replaced = new Set(pairs.map(([from = ""]) => from));
  const kept = [...valid].filter((id) => !replaced.has(id));
  return new Set([...kept, ...pairs.flatMap(([from = "", to = ""]) => (valid.has(from) ? [to] : []))]);
}

/** How many more certificates may come before a policy is required. */
function requiredAfter(certificate: Certificate): number | undefined {
  const extension = extensionOf(certificate, EXTENSION.policyConstraints);
  if (extension === undefined) return undefined;
  const field = children(readDer(extension.value)).find(({ tag }) => tag === 0x80);
  return field === undefined ? undefined : readSmall(field.content);
}

function inhibitAnyAfter(certificate: Certificate): number | undefined {
  const extension = extensionOf(certificate, EXTENSION.inhibitAnyPolicy);
  return extension === undefined ? undefined : readSmall(readDer(extension.value).content);
}
