/** Findings about the chain of a leaf. */
import type { Certificate } from "../certificate.ts";
import { oneLineName } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { finding, type LintCode } from "../finding-catalog.ts";
import { type ChainMember, type ChainView, isSelfSigned, viewChain } from "./chain.ts";
import { lintForm } from "./form-rules.ts";
import { CLOCK_SKEW_MS, isoTime, lintStrength } from "./leaf-rules.ts";
import { describe, lintPath, subjectOf } from "./path-rules.ts";

export function lintChain(leaf: Certificate, given: readonly Certificate[], now: number): readonly Finding[] {
  const view = viewChain(leaf, given);
  // Qwilt accepts a self-signed leaf as its own chain (docs/qwilt-api.md 4.1 rule 5): nothing else could be given.
  if (isSelfSigned(leaf) && view.members.length === 0) return lintDuplicates(view);
  return [
    ...lintLeafInChain(view),
    ...lintDuplicates(view),
    ...lintOrder(view),
    ...lintUnrelated(leaf, view),
    ...lintRoots(view),
    ...lintMembers(view, now),
    ...lintPath(leaf, view, now),
  ];
}

function lintLeafInChain({ leafAt }: ChainView): readonly Finding[] {
  if (leafAt.length === 0) return [];
  return [chainFinding("CERT_LEAF_IN_CHAIN", `Certificate ${leafAt.join(" and ")} of the chain is the leaf itself.`)];
}

function lintDuplicates({ duplicateAt }: ChainView): readonly Finding[] {
  return duplicateAt.map((position) =>
    chainFinding("CERT_CHAIN_DUPLICATE", `Certificate ${position} of the chain is in it for the second time.`),
  );
}

function lintOrder({ members }: ChainView): readonly Finding[] {
  const first = members.find(({ outOfOrder }) => outOfOrder);
  if (first === undefined) return [];
  const is = describe(first);
  return [chainFinding("CERT_CHAIN_ORDER", `${is} is before the certificate that it signed.`)];
}

/**
 * Certificates that do not lead to the leaf. Either one in between is missing, or they belong to another chain; the
 * texts alone cannot always show which. A certificate counts as missing if the rest could be above the gap: it is of
 * the same organization, or it is a root and nothing else is there.
 */
function lintUnrelated(leaf: Certificate, { members, leafHasSigner }: ChainView): readonly Finding[] {
  const path = [leaf, ...members.filter((each) => each.leadsToLeaf).map((each) => each.certificate)];
  const unrelated = members.filter((each) => !each.leadsToLeaf);
  const isEnd = (certificate: Certificate) =>
    isSelfSigned(certificate) || path.some((each) => each !== certificate && isIssuerName(each, certificate));
  const top = path.find((each) => !isEnd(each));
  const findings: Finding[] = [];
  const aboveGap = unrelated.filter((each) => top !== undefined && couldStandAbove(each, top, path));
  if (top !== undefined && (aboveGap.length > 0 || (unrelated.length === 0 && !leafHasSigner))) {
    const who = top === leaf ? "the leaf" : `"${subjectOf(top)}"`;
    const signer = `Its signer "${oneLineName(top.x509.issuer)}" is missing from the chain.`;
    findings.push(chainFinding("CERT_CHAIN_INCOMPLETE", `No certificate of the chain signed ${who}. ${signer}`));
  }
  for (const member of unrelated.filter((each) => !aboveGap.includes(each))) {
    findings.push(chainFinding("CERT_CHAIN_FOREIGN", `${describe(member)} ${whyForeign(member, leaf, path)}.`));
  }
  return findings;
}

function couldStandAbove(member: ChainMember, top: Certificate, path: readonly Certificate[]): boolean {
  const { certificate, selfSigned } = member;
  // The right name with another key is another certificate of that name, not one further up.
  if (!certificate.isCa || isIssuerName(certificate, top)) return false;
  const own = [organization(certificate.x509.subject)].filter((name) => name !== undefined);
  const family = path.flatMap(({ x509 }) => organization(x509.issuer) ?? []);
  return own.length > 0 && family.length > 0 ? own.some((name) => family.includes(name)) : selfSigned;
}

function whyForeign({ certificate }: ChainMember, leaf: Certificate, path: readonly Certificate[]): string {
  if (!certificate.isCa) return "is not a CA certificate, and not the leaf";
  const namesake = path.find((each) => isIssuerName(certificate, each));
  if (namesake === undefined) return "did not sign the leaf, nor a certificate above it";
  return `has the name of the signer of ${namesake === leaf ? "the leaf" : "another"}, but another key`;
}

function isIssuerName(parent: Certificate, child: Certificate): boolean {
  return parent.subjectDer.equals(child.issuerDer);
}

function organization(name: string | undefined): string | undefined {
  return /^O=(.+)$/m.exec(name ?? "")?.[1];
}

/** A root that signed the leaf directly is the only possible chain: no finding. */
function lintRoots({ members }: ChainView): readonly Finding[] {
  const intermediates = members.some((each) => each.leadsToLeaf && !each.selfSigned);
  return members
    .filter((each) => each.selfSigned && each.leadsToLeaf && intermediates)
    .map((each) => chainFinding("CERT_ROOT_IN_CHAIN", `${describe(each)} is the root.`));
}

function lintMembers({ members }: ChainView, now: number): readonly Finding[] {
  const path = members.filter((each) => each.leadsToLeaf);
  const signers = path.filter((each) => each.signedLeaf);
  const anySignerIsValid = signers.some(({ certificate }) => isWithin(certificate, now));
  return path.flatMap((member) => {
    const { certificate } = member;
    const findings: Finding[] = [];
    if (!isWithin(certificate, now)) {
      const code = member.signedLeaf && !anySignerIsValid ? "CERT_CHAIN_EXPIRED" : "CERT_CHAIN_UPPER_EXPIRED";
      findings.push(chainFinding(code, `${describe(member)} ${whenValid(certificate, now)}.`));
    }
    // A version 1 root has no extensions and is trusted by configuration.
    if (!(certificate.isCa && certificate.maySign) && !member.selfSigned) {
      const message = `${describe(member)} signed a certificate, but is not a CA that may sign certificates.`;
      findings.push(chainFinding("CERT_CHAIN_NOT_CA", message));
    }
    const form = member.selfSigned ? [] : lintForm(certificate, "certificateChain", describe(member));
    return [...findings, ...lintStrength(certificate, "certificateChain", describe(member)), ...form];
  });
}

function isWithin({ notBefore, notAfter }: Certificate, now: number): boolean {
  return notBefore - CLOCK_SKEW_MS <= now && now <= notAfter;
}

function whenValid({ notBefore, notAfter }: Certificate, now: number): string {
  return now > notAfter ? `expired on ${isoTime(notAfter)}` : `is not valid before ${isoTime(notBefore)}`;
}

function chainFinding(code: LintCode, message: string): Finding {
  return finding(code, "certificateChain", message);
}
