/**
 * The chain of a leaf: which certificate really signed which. Cross-signed and long chains are fine, and so are several
 * paths at once; names alone prove nothing, so every signature is verified.
 */
import type { Certificate } from "../certificate.ts";

export interface ChainView {
  /** The given certificates in the given order, without the leaf and without duplicates. */
  readonly members: readonly ChainMember[];
  readonly leafAt: readonly number[];
  readonly duplicateAt: readonly number[];
  /** True if a member signed the leaf, or the leaf is self-signed. */
  readonly leafHasSigner: boolean;
}

export interface ChainMember {
  readonly certificate: Certificate;
  /** Position in the field, counted from 1. */
  readonly position: number;
  /** True if it signed the leaf, or a certificate that leads to the leaf. */
  readonly leadsToLeaf: boolean;
  readonly signedLeaf: boolean;
  readonly selfSigned: boolean;
  /** True if it signed none of the certificates before it that lead to the leaf. */
  readonly outOfOrder: boolean;
}

export function viewChain(leaf: Certificate, given: readonly Certificate[]): ChainView {
  const seen = new Map<string, number>();
  const leafAt: number[] = [];
  const duplicateAt: number[] = [];
  const chain: { certificate: Certificate; position: number }[] = [];
  for (const [index, certificate] of given.entries()) {
    const { fingerprint256 } = certificate.x509;
    const position = index + 1;
    if (fingerprint256 === leaf.x509.fingerprint256) leafAt.push(position);
    else if (seen.has(fingerprint256)) duplicateAt.push(position);
    else chain.push({ certificate, position });
    seen.set(fingerprint256, position);
  }
  const reachable = reach(
    leaf,
    chain.map(({ certificate }) => certificate),
  );
  const members = chain.map(({ certificate, position }, index) => {
    const leadsToLeaf = reachable.has(certificate);
    const before = [leaf, ...chain.slice(0, index).map((each) => each.certificate)];
    const signedBefore = before.some((each) => (each === leaf || reachable.has(each)) && signed(certificate, each));
    return {
      certificate,
      position,
      leadsToLeaf,
      signedLeaf: signed(certificate, leaf),
      selfSigned: isSelfSigned(certificate),
      outOfOrder: leadsToLeaf && !signedBefore,
    };
  });
  return { members, leafAt, duplicateAt, leafHasSigner: isSelfSigned(leaf) || members.some((each) => each.signedLeaf) };
}

/** Every certificate from which a path of signatures leads to the leaf. */
function reach(leaf: Certificate, chain: readonly Certificate[]): ReadonlySet<Certificate> {
  const reached = new Set<Certificate>();
  const open = [leaf];
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    for (const parent of chain) {
      if (reached.has(parent) || !signed(parent, child)) continue;
      reached.add(parent);
      open.push(parent);
    }
  }
  return reached;
}

/**
 * The path that OpenSSL builds: at each step the first given certificate that fits and is valid today, without
 * backtracking. Starts with the issuer of the leaf.
 */
export function pathOf(leaf: Certificate, members: readonly ChainMember[], now: number): readonly ChainMember[] {
  const path: ChainMember[] = [];
  for (let child: Certificate | undefined = leaf; child !== undefined && !isSelfSigned(child); ) {
    const below: Certificate = child;
    const parents = members.filter(
      (each) => !path.includes(each) && signed(each.certificate, below) && !contradicts(each.certificate, below),
    );
    const isValid = ({ certificate }: ChainMember) => certificate.notBefore <= now && now <= certificate.notAfter;
    const next: ChainMember | undefined = parents.find(isValid) ?? parents[0];
    if (next !== undefined) path.push(next);
    child = next?.certificate;
  }
  return path;
}

export function isSelfSigned(certificate: Certificate): boolean {
  return signed(certificate, certificate);
}

const verdicts = new WeakMap<Certificate, WeakMap<Certificate, boolean>>();

/** Checks name and signature; the linter judges the issuer's extensions. */
export function signed(parent: Certificate, child: Certificate): boolean {
  if (!parent.subjectDer.equals(child.issuerDer) && parent.x509.subject !== child.x509.issuer) return false;
  const known = verdicts.get(parent)?.get(child);
  if (known !== undefined) return known;
  const verdict = verify(parent, child);
  const ofParent = verdicts.get(parent) ?? new WeakMap<Certificate, boolean>();
  verdicts.set(parent, ofParent.set(child, verdict));
  return verdict;
}

function verify(parent: Certificate, child: Certificate): boolean {
  if (parent.publicKey === undefined) return false;
  try {
    return child.x509.verify(parent.publicKey);
  } catch {
    // The key has another type than the signature: certainly not the signer.
    return false;
  }
}

/** Whether the child's identifiers for its signer's key or serial number contradict the parent's own. */
export function contradicts(parent: Certificate, { authorityKeyId }: Certificate): boolean {
  if (authorityKeyId === undefined) return false;
  const { keyId, issuer, serial } = authorityKeyId;
  const differ = (said: Buffer | undefined, own: Buffer | undefined) =>
    said !== undefined && own !== undefined && !said.equals(own);
  return differ(keyId, parent.subjectKeyId) || differ(serial, parent.serial) || differ(issuer, parent.issuerDer);
}
