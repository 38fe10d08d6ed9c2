/**
 * The linter: finds mistakes in a certificate, its chain and its key before they are sent to Qwilt. A pure function of
 * its input, called by the resource's `check` and by the command `pulumi-qwilt lint`.
 */
import type { KeyObject } from "node:crypto";
import { type Certificate, parseCertificate } from "../certificate.ts";
import { coverage, needsUnderscoreByWildcard } from "../coverage.ts";
import type { Finding } from "../finding.ts";
import { finding, lesser, oddityFinding, pemFinding } from "../finding-catalog.ts";
import { readPem } from "../pem.ts";
import { isSelfSigned } from "./chain.ts";
import { lintChain } from "./chain-rules.ts";
import { lintLeaf } from "./leaf-rules.ts";
import { type ReadPrivateKey, readKeyText } from "./private-key.ts";

export interface LintInput {
  /** PEM text of the leaf. */
  readonly certificate: string;
  /** PEM text; "" means that there is no chain, undefined that it is not known (yet) and not checked. */
  readonly certificateChain?: string;
  /** PEM text; undefined if it is not known (yet), or if Qwilt holds the key. */
  readonly privateKey?: string;
  /** Hosts that the certificate must cover. */
  readonly hosts?: readonly string[];
  /** Epoch milliseconds: expiry is checked as of this time. */
  readonly now: number;
  /** Codes of findings to suppress. */
  readonly allow?: readonly string[];
}

/**
 * @param key a private key that was read before, instead of its text
 * @returns all findings at once, errors first; empty if all is well
 */
export function lintCertificate(input: LintInput, key = readKeyOf(input)): Finding[] {
  const leafField = readField(input.certificate, "certificate");
  const chainField =
    input.certificateChain === undefined ? undefined : readField(input.certificateChain, "certificateChain");
  const leaf = pickLeaf(leafField.certificates, key?.key);
  const findings = [...leafField.findings, ...countLeaves(leafField), ...(chainField?.findings ?? [])];
  if (key !== undefined) findings.push(...key.findings);
  if (leaf !== undefined) {
    findings.push(...lintLeaf(leaf, input.now));
    if (key?.key !== undefined && !leaf.x509.checkPrivateKey(key.key)) {
      findings.push(mismatch(key.key, [...leafField.certificates, ...(chainField?.certificates ?? [])]));
    }
    findings.push(...lintChainField(leaf, leafField, chainField, input.now));
    findings.push(...lintHosts(leaf, input.hosts ?? []));
  }
  const allowed = new Set(input.allow ?? []);
  return findings.filter(({ code }) => !allowed.has(code)).sort((a, b) => rank(a) - rank(b));
}

function readKeyOf({ privateKey }: LintInput): ReadPrivateKey | undefined {
  return privateKey === undefined ? undefined : readKeyText(privateKey);
}

function rank({ severity }: Finding): number {
  return severity === "error" ? 0 : 1;
}

interface Field {
  readonly certificates: readonly Certificate[];
  readonly findings: readonly Finding[];
  /** True if the field contains nothing like a certificate, so that its absence is the finding to report. */
  readonly isEmpty: boolean;
}

function readField(text: string, property: "certificate" | "certificateChain"): Field {
  const { blocks, faults, oddities } = readPem(text);
  const certificates: Certificate[] = [];
  // A field without a chain is checked where the leaf is known.
  const findings: Finding[] = faults
    .filter(({ kind }) => property === "certificate" || kind !== "empty")
    .map((fault) => pemFinding(fault, property));
  const kinds = new Set(blocks.map(({ kind }) => kind));
  // Includes an unreadable key: what is left of it is still secret.
  const holdsKey = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(text);
  if (holdsKey || kinds.has("private-key") || kinds.has("encrypted-private-key")) {
    findings.push(finding("CERT_KEY_IN_CERTIFICATE", property, `The field \`${property}\` contains a private key.`));
  }
  if (kinds.has("certificate-request")) {
    const message = `The field \`${property}\` contains a certificate signing request.`;
    findings.push(finding("CERT_CSR_AS_CERTIFICATE", property, message));
  }
  for (const [index, block] of blocks.filter(({ kind }) => kind === "certificate").entries()) {
    try {
      certificates.push(parseCertificate(block.der));
    } catch (error) {
      // A RangeError has our own message ("a time is malformed"); those of node:crypto name no field.
      const why = error instanceof RangeError ? ` (${error.message})` : "";
      const message = `Block ${index + 1} of the field \`${property}\` is not an X.509 certificate${why}.`;
      findings.push(finding("CERT_PEM_BROKEN", property, message));
    }
  }
  const other = blocks.filter(({ kind }) => kind === "other" || kind === "public-key").map(({ label }) => label);
  if (other.length > 0) {
    const fix = other.includes("PKCS7")
      ? "Convert it: `openssl pkcs7 -print_certs`."
      : "Pass only blocks with the label CERTIFICATE.";
    findings.push(
      finding("CERT_PEM_BROKEN", property, `The field \`${property}\` contains a block "${other[0]}".`, fix),
    );
  }
  findings.push(...oddities.map((oddity) => oddityFinding(oddity, property)));
  return { certificates, findings, isEmpty: certificates.length === 0 && findings.length === 0 };
}

function countLeaves({ certificates, isEmpty }: Field): readonly Finding[] {
  if (isEmpty) return [finding("CERT_MISSING", "certificate", "The field `certificate` contains no certificate.")];
  if (certificates.length < 2) return [];
  const message = `The field \`certificate\` contains ${certificates.length} certificates; it takes exactly one.`;
  return [finding("CERT_SEVERAL", "certificate", message)];
}

/**
 * Of several certificates, the one that the key belongs to, else the first that is not a CA: the other findings are
 * about that one.
 */
function pickLeaf(certificates: readonly Certificate[], key: KeyObject | undefined): Certificate | undefined {
  const ofKey = certificates.length > 1 && key !== undefined ? belongsTo(key, certificates) : undefined;
  return ofKey ?? certificates.find(({ isCa }) => !isCa) ?? certificates[0];
}

function belongsTo(key: KeyObject, certificates: readonly Certificate[]): Certificate | undefined {
  return certificates.find(({ x509 }) => x509.checkPrivateKey(key));
}

function mismatch(key: KeyObject, others: readonly Certificate[]): Finding {
  const owner = belongsTo(key, others);
  const hint = owner === undefined ? "" : ` It matches "${owner.commonName}", another of the given certificates.`;
  return finding("CERT_KEY_MISMATCH", "privateKey", `The private key does not match the certificate.${hint}`);
}

function lintChainField(leaf: Certificate, leafField: Field, chainField: Field | undefined, now: number) {
  const rest = leafField.certificates.filter((each) => each !== leaf);
  // A full chain in the leaf field: the certificates besides the leaf belong into the chain, so they are checked as the
  // chain.
  const given = chainField === undefined || chainField.isEmpty ? rest : chainField.certificates;
  if (given.length > 0) return lintChain(leaf, given, now);
  if (chainField?.isEmpty !== true || isSelfSigned(leaf)) return [];
  return [finding("CERT_CHAIN_MISSING", "certificateChain", "The field `certificateChain` contains no certificate.")];
}

function lintHosts(leaf: Certificate, hosts: readonly string[]): readonly Finding[] {
  const { covered, uncovered } = coverage(leaf.dnsNames, hosts, leaf.ipAddresses);
  const names = [...leaf.dnsNames, ...leaf.ipAddresses];
  const has =
    names.length === 0 ? "no names" : `the names ${names.slice(0, 10).join(", ")}${names.length > 10 ? ", ..." : ""}`;
  const half = covered.filter((host) => needsUnderscoreByWildcard(leaf.dnsNames, host));
  return [
    ...uncovered.map((host) =>
      finding("CERT_HOST_NOT_COVERED", "hosts", `The certificate does not cover ${host}; it has ${has}.`),
    ),
    ...half.map((host) => {
      const message = `OpenSSL does not match a wildcard against a label with an underscore: it does not match ${host}.`;
      return lesser(finding("CERT_HOST_NOT_COVERED", "hosts", message));
    }),
  ];
}
