/** Findings about a certificate on its own: its dates, key, hash, usage and names. */
import type { Certificate } from "../certificate.ts";
import { KEY_USAGE } from "../extensions.ts";
import { oneLineName } from "../facts.ts";
import type { Finding, FindingProperty } from "../finding.ts";
import { finding, lesser } from "../finding-catalog.ts";
import { keyTypeOf } from "../key-type.ts";
import { isSelfSigned } from "./chain.ts";
import { lintForm } from "./form-rules.ts";
import { lifetimeDays, lifetimeLimitDays } from "./lifetime.ts";

export const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

/** A new certificate is valid from the second of its issuance; a slightly slow clock must not reject it. */
export const CLOCK_SKEW_MS = 5 * 60_000;

export function lintLeaf(leaf: Certificate, now: number): readonly Finding[] {
  return [
    ...lintRole(leaf),
    ...lintDates(leaf, now),
    ...lintStrength(leaf, "certificate", "The certificate"),
    ...lintKeyUsage(leaf),
    ...lintUsage(leaf),
    ...lintNames(leaf),
    ...(isSelfSigned(leaf) ? [] : lintForm(leaf, "certificate", "The certificate")),
  ];
}

/**
 * A self-signed certificate with names is a test certificate: `openssl req -x509` marks it as a CA, and Qwilt accepts
 * it (docs/qwilt-api.md 4.1 rule 5). Any other CA certificate in the leaf field comes from the wrong file.
 */
function lintRole(leaf: Certificate): readonly Finding[] {
  const selfSigned = isSelfSigned(leaf);
  if (leaf.isCa && !(selfSigned && hasNames(leaf))) {
    const name = oneLineName(leaf.x509.subject);
    return [finding("CERT_CA_AS_LEAF", "certificate", `The certificate is a CA certificate (${name}).`)];
  }
  if (!selfSigned) return [];
  const alsoCa = leaf.isCa ? " and marked as a CA, which Firefox rejects" : "";
  return [finding("CERT_SELF_SIGNED", "certificate", `The certificate is self-signed${alsoCa}.`)];
}

function lintDates(leaf: Certificate, now: number): readonly Finding[] {
  const findings: Finding[] = [];
  if (now > leaf.notAfter) {
    findings.push(finding("CERT_EXPIRED", "certificate", `The certificate expired on ${isoTime(leaf.notAfter)}.`));
  }
  if (now < leaf.notBefore - CLOCK_SKEW_MS) {
    const from = isoTime(leaf.notBefore);
    findings.push(finding("CERT_NOT_YET_VALID", "certificate", `The certificate is not valid before ${from}.`));
  }
  const days = lifetimeDays(leaf);
  const limit = lifetimeLimitDays(leaf.notBefore);
  if (limit !== undefined && days > limit) {
    const issued = isoTime(leaf.notBefore).slice(0, 10);
    const message = `The certificate is valid for ${days} days; issued on ${issued}, it may be valid for at most ${limit}.`;
    findings.push(finding("CERT_LIFETIME_TOO_LONG", "certificate", message));
  }
  return findings;
}

/** Key and signature. The signature of a (self-signed) root protects nothing, so its hash does not matter. */
export function lintStrength(of: Certificate, property: FindingProperty, subject: string): readonly Finding[] {
  const findings: Finding[] = [];
  if (of.hasExplicitCurve) {
    const message = `${subject} has a key with explicit curve parameters instead of a named curve.`;
    findings.push(finding("CERT_EXPLICIT_CURVE", property, message));
  }
  const keyType = keyTypeOf(of.publicKey);
  const weak = of.hasExplicitCurve ? undefined : weakKey(of);
  if (weak === "short") {
    findings.push(finding("CERT_WEAK_KEY", property, `${subject} has a key of ${keyType}, which is too short.`));
  }
  if (weak === "unusual") {
    const message = `${subject} has a key of type ${keyType}, which browsers do not support.`;
    findings.push(finding("CERT_UNUSUAL_KEY", property, message));
  }
  if (of.weakHash !== undefined && (property === "certificate" || !isSelfSigned(of))) {
    findings.push(finding("CERT_WEAK_HASH", property, `${subject} is signed with ${of.weakHash}.`));
  }
  return findings;
}

/**
 * Curves that the Baseline Requirements (6.1.5) allow; Ed25519 is acceptable for private CAs, whose clients may support
 * it.
 */
const GOOD_CURVES = ["prime256v1", "secp384r1", "secp521r1"];

function weakKey({ publicKey }: Certificate): "short" | "unusual" | undefined {
  const { modulusLength = 0, namedCurve = "" } = publicKey?.asymmetricKeyDetails ?? {};
  switch (publicKey?.asymmetricKeyType) {
    case "rsa":
      return modulusLength < 2048 ? "short" : undefined;
    case "ec":
      if (GOOD_CURVES.includes(namedCurve)) return undefined;
      return curveBits(namedCurve) < 256 ? "short" : "unusual";
    case "ed25519":
      return undefined;
    default:
      return "unusual";
  }
}

/** OpenSSL's curve names contain the size as their first three-digit number: secp224r1, prime192v1, sect163k1. */
function curveBits(curve: string): number {
  return Number(/\d{3}/.exec(curve)?.[0] ?? 256);
}

/** Current clients agree on keys with a signature (ECDHE), whatever the type of key. */
function lintKeyUsage({ keyUsage, isCa }: Certificate): readonly Finding[] {
  if (keyUsage === undefined || isCa || (keyUsage & KEY_USAGE.digitalSignature) !== 0) return [];
  const message = "The key usage of the certificate does not include digitalSignature.";
  return [finding("CERT_NO_DIGITAL_SIGNATURE", "certificate", message)];
}

function lintUsage({ extendedKeyUsage }: Certificate): readonly Finding[] {
  if (extendedKeyUsage === undefined) {
    const message = "The certificate has no extended key usage; Apple's clients demand serverAuth.";
    // All other clients accept it.
    return [lesser(finding("CERT_NO_SERVER_AUTH", "certificate", message))];
  }
  // OpenSSL and Firefox do not accept anyExtendedKeyUsage instead.
  if (extendedKeyUsage.includes(SERVER_AUTH)) return [];
  const message = "The extended key usage of the certificate does not include serverAuth.";
  return [finding("CERT_NO_SERVER_AUTH", "certificate", message)];
}

function lintNames(leaf: Certificate): readonly Finding[] {
  if (hasNames(leaf) || leaf.isCa) return [];
  const only = leaf.commonName === "" ? "" : `, only the common name ${leaf.commonName}`;
  return [finding("CERT_NO_NAMES", "certificate", `The certificate has no subject alternative names${only}.`)];
}

function hasNames({ dnsNames, ipAddresses }: Certificate): boolean {
  return dnsNames.length + ipAddresses.length > 0;
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
