/**
 * Findings about the path from the leaf upwards (RFC 5280 section 6.1): what a CA forbids to certificates below it.
 * Trust is not checked: which roots a client trusts cannot be known offline.
 */
import type { Certificate } from "../certificate.ts";
import { oneLineName } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { finding, type LintCode, lesser } from "../finding-catalog.ts";
import { type ChainMember, type ChainView, contradicts, pathOf, signed } from "./chain.ts";
import { SERVER_AUTH } from "./leaf-rules.ts";
import { isUnknownToGo, violations } from "./name-constraints.ts";
import { lacksRequiredPolicy } from "./policies.ts";

export function lintPath(leaf: Certificate, { members }: ChainView, now: number): readonly Finding[] {
  const path = pathOf(leaf, members, now);
  return [
    ...lintKeyIds(leaf, members, path),
    ...path.flatMap((member, index) => {
      const below = path.slice(0, index).map(({ certificate }) => certificate);
      return [
        ...lintPathLength(member, below),
        ...lintUsages(member),
        ...lintNameConstraints(member, [leaf, ...below]),
      ];
    }),
    ...lintPolicies(leaf, path),
  ];
}

/** It signed the leaf, but the identifiers contradict that: OpenSSL does not even try that signer. */
function lintKeyIds(leaf: Certificate, members: readonly ChainMember[], path: readonly ChainMember[]): Finding[] {
  const top = path.at(-1)?.certificate ?? leaf;
  const denied = members.find(({ certificate }) => signed(certificate, top) && contradicts(certificate, top));
  if (denied === undefined || path.some(({ selfSigned }) => selfSigned)) return [];
  const who = top === leaf ? "the leaf" : `"${subjectOf(top)}"`;
  const message = `${describe(denied)} signed ${who}, whose authority key identifier names another signer.`;
  return [chainFinding("CERT_CHAIN_KEY_ID", message)];
}

function lintPathLength(member: ChainMember, below: readonly Certificate[]): readonly Finding[] {
  const { isCa, pathLength } = member.certificate;
  if (!isCa || pathLength === undefined) return [];
  const counted = below.filter((each) => !each.subjectDer.equals(each.issuerDer)).length;
  const message = (count: number) =>
    `${describe(member)} has pathlen:${pathLength}, and ${count} ${count === 1 ? "CA is" : "CAs are"} below it`;
  if (counted > pathLength) return [chainFinding("CERT_CHAIN_PATH_LENGTH", `${message(counted)}.`)];
  if (below.length <= pathLength) return [];
  const text = `${message(below.length)}, including self-issued ones, as Go counts.`;
  return [lesser(chainFinding("CERT_CHAIN_PATH_LENGTH", text))];
}

/** A root is trusted as the client configures it, an intermediate only as far as it says itself. */
function lintUsages(member: ChainMember): readonly Finding[] {
  const { extendedKeyUsage } = member.certificate;
  if (extendedKeyUsage === undefined || extendedKeyUsage.includes(SERVER_AUTH)) return [];
  const message = `The extended key usage of ${lower(describe(member))} does not include serverAuth.`;
  return [chainFinding("CERT_CHAIN_NO_SERVER_AUTH", message)];
}

function lintNameConstraints(member: ChainMember, below: readonly Certificate[]): readonly Finding[] {
  const ca = member.certificate;
  return readable(member, () => {
    const isSelfIssued = (each: Certificate) => each.subjectDer.equals(each.issuerDer);
    const found = below
      .filter((each, index) => index === 0 || !isSelfIssued(each))
      .flatMap((each) => violations(ca, each));
    // A violation that all clients reject takes precedence over one that only Go rejects.
    const worst = found.find(({ goOnly }) => !goOnly) ?? found[0];
    if (worst !== undefined) {
      const text = `${describe(member)} ${worst.what}${worst.goOnly ? ": Go rejects it" : ""}.`;
      const named = chainFinding("CERT_CHAIN_NAME_CONSTRAINTS", text);
      return [worst.goOnly ? lesser(named) : named];
    }
    if (!isUnknownToGo(ca)) return [];
    const text = `${describe(member)} has critical name constraints of a kind that Go rejects.`;
    return [lesser(chainFinding("CERT_CHAIN_NAME_CONSTRAINTS", text))];
  });
}

function lintPolicies(leaf: Certificate, path: readonly ChainMember[]): readonly Finding[] {
  const certificates = [leaf, ...path.filter(({ selfSigned }) => !selfSigned).map(({ certificate }) => certificate)];
  const [top] = path.slice(-1);
  if (top === undefined) return [];
  return readable(top, () => {
    if (!lacksRequiredPolicy(certificates)) return [];
    const message = "A CA of the chain requires a certificate policy, and the certificates agree on none.";
    return [chainFinding("CERT_CHAIN_POLICY", message)];
  });
}

function readable(member: ChainMember, work: () => readonly Finding[]): readonly Finding[] {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `${describe(member)}, or one below it, has an extension that cannot be read.`;
    return [chainFinding("CERT_FORM_INVALID", message)];
  }
}

export function describe({ position, certificate }: ChainMember): string {
  return `Certificate ${position} of the chain (${subjectOf(certificate)})`;
}

export function subjectOf({ x509 }: Certificate): string {
  return oneLineName(x509.subject);
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function chainFinding(code: LintCode, message: string): Finding {
  return finding(code, "certificateChain", message);
}
