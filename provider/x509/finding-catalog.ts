/**
 * The catalog of findings. A code never changes: stacks suppress findings by code. docs/lint.md shows an example of
 * each; a test compares both ways. Errors are what OpenSSL or a browser rejects, or certainly a mistake; warnings are
 * what only some clients reject, or what a private CA may do on purpose.
 */
import type { Finding, FindingProperty } from "./finding.ts";
import type { PemFault } from "./pem.ts";

export interface LintRule {
  readonly code: string;
  readonly severity: Finding["severity"];
  readonly title: string;
  /** The general fix; a finding may have a more precise one. */
  readonly fix: string;
}

export const LINT_RULES = [
  // The text of a field.
  {
    code: "CERT_MISSING",
    severity: "error",
    title: "The leaf field contains no certificate",
    fix: "Pass the certificate of the site as PEM text in `certificate`.",
  },
  {
    code: "CERT_NOT_PEM",
    severity: "error",
    title: "The text is not PEM",
    fix: "Pass PEM text: `-----BEGIN ...-----`, base64, `-----END ...-----`.",
  },
  {
    code: "CERT_BASE64_OF_PEM",
    severity: "error",
    title: "The PEM text is base64-encoded a second time",
    fix: "Pass the PEM text itself; the provider does the encoding that Qwilt expects.",
  },
  {
    code: "CERT_PEM_BROKEN",
    severity: "error",
    title: "The PEM text is damaged",
    fix: "Get the file from the CA again and pass it unchanged.",
  },
  {
    code: "CERT_PEM_FORM",
    severity: "warning",
    title: "OpenSSL or Go cannot read the PEM text as it is",
    fix: "No action is needed for Qwilt: the provider sends the standard form. Fix the file for other programs.",
  },
  {
    code: "CERT_SEVERAL",
    severity: "error",
    title: "The leaf field contains several certificates",
    fix: "Keep only the certificate of the site in `certificate`, and move the others to `certificateChain`.",
  },
  {
    code: "CERT_CSR_AS_CERTIFICATE",
    severity: "error",
    title: "A field contains a certificate signing request instead of a certificate",
    fix: "Have the CA sign the request, and pass the certificate that it returns.",
  },
  {
    code: "CERT_KEY_IN_CERTIFICATE",
    severity: "error",
    title: "The leaf or chain field contains a private key",
    fix: "Move the key to `privateKey`: only that field is kept secret. Replace the key if it was shown or stored.",
  },
  // The private key.
  {
    code: "CERT_KEY_MISSING",
    severity: "error",
    title: "The key field contains no private key",
    fix: "Pass the private key of the certificate as PEM text in `privateKey`.",
  },
  {
    code: "CERT_CERTIFICATE_IN_KEY",
    severity: "error",
    title: "The key field contains a certificate",
    fix: "Keep only the private key in `privateKey`; certificates belong in `certificate` and `certificateChain`.",
  },
  {
    code: "CERT_KEY_SEVERAL",
    severity: "error",
    title: "The key field contains several private keys",
    fix: "Keep only the key of the certificate in `privateKey`.",
  },
  {
    code: "CERT_KEY_PASSPHRASE",
    severity: "error",
    title: "The private key is protected by a passphrase",
    fix: "Remove the passphrase (`openssl pkey -in key.pem -out plain.pem`) and pass the result as a Pulumi secret.",
  },
  {
    code: "CERT_KEY_MISMATCH",
    severity: "error",
    title: "The private key does not match the certificate",
    fix: "Pass the key that the signing request of this certificate was created with.",
  },
  // The chain.
  {
    code: "CERT_CHAIN_MISSING",
    severity: "warning",
    title: "There is no chain",
    fix: "Pass the intermediate certificates of the CA in `certificateChain`, the issuer of the certificate first.",
  },
  {
    code: "CERT_CHAIN_ORDER",
    severity: "error",
    title: "The chain is reversed or out of order",
    fix: "Put the issuer of the certificate first, then each certificate before the one that signed it.",
  },
  {
    code: "CERT_CHAIN_INCOMPLETE",
    severity: "error",
    title: "A certificate is missing from the chain",
    fix: "Add the missing intermediate; the CA provides it with the certificate.",
  },
  {
    code: "CERT_CHAIN_FOREIGN",
    severity: "error",
    title: "The chain contains a certificate of another chain",
    fix: "Pass the chain that the CA provided with this certificate.",
  },
  {
    code: "CERT_CHAIN_NOT_CA",
    severity: "error",
    title: "A certificate in the chain signed another without being a CA",
    fix: "Have the certificate issued by a CA certificate (basic constraints CA, key usage certificate signing).",
  },
  {
    code: "CERT_CHAIN_EXPIRED",
    severity: "error",
    title: "The issuer of the certificate is expired or not yet valid",
    fix: "Pass the current chain of the CA.",
  },
  {
    code: "CERT_CHAIN_UPPER_EXPIRED",
    severity: "warning",
    title: "A higher certificate of the chain is expired or not yet valid",
    fix: "Pass the current chain of the CA, unless old clients need this one.",
  },
  {
    code: "CERT_CHAIN_DUPLICATE",
    severity: "warning",
    title: "The chain contains a certificate twice",
    fix: "Remove the second one.",
  },
  {
    code: "CERT_LEAF_IN_CHAIN",
    severity: "warning",
    title: "The chain contains the certificate itself",
    fix: "Remove it from `certificateChain`; the chain starts with the issuer of the certificate.",
  },
  {
    code: "CERT_ROOT_IN_CHAIN",
    severity: "warning",
    title: "The chain contains the root",
    fix: "Remove it from `certificateChain`: clients use their own copy, and it only makes every handshake larger.",
  },
  {
    code: "CERT_CHAIN_NO_SERVER_AUTH",
    severity: "error",
    title: "The extended key usage of a CA does not allow TLS servers",
    fix: "Have the certificate issued by a CA without extended key usage, or one with serverAuth.",
  },
  {
    code: "CERT_CHAIN_PATH_LENGTH",
    severity: "error",
    title: "There are more CAs below a CA than its path length allows",
    fix: "Have the certificate issued by a CA within the limit, which the CA above sets.",
  },
  {
    code: "CERT_CHAIN_NAME_CONSTRAINTS",
    severity: "error",
    title: "The name constraints of a CA forbid a name",
    fix: "Issue the certificate with names that the CA may certify, or from a CA without these constraints.",
  },
  {
    code: "CERT_CHAIN_KEY_ID",
    severity: "error",
    title: "A certificate names another key or serial number than that of its issuer",
    fix: "Pass the CA certificate that the authority key identifier names, or have the certificate issued again.",
  },
  {
    code: "CERT_CHAIN_POLICY",
    severity: "warning",
    title: "A CA requires a certificate policy that the path does not have",
    fix: "Have the certificate issued with the policy that the CA requires.",
  },
  // The certificate.
  {
    code: "CERT_NOT_YET_VALID",
    severity: "error",
    title: "The certificate is not yet valid",
    fix: "Wait until it is valid, or check the clock of this machine.",
  },
  {
    code: "CERT_EXPIRED",
    severity: "error",
    title: "The certificate is expired",
    fix: "Renew the certificate and pass the new one.",
  },
  {
    code: "CERT_LIFETIME_TOO_LONG",
    severity: "warning",
    title: "The lifetime is above the limit of the CA/Browser Forum for its issue date",
    fix: "Issue the certificate with a shorter lifetime; browsers reject longer ones from public CAs.",
  },
  {
    code: "CERT_WEAK_KEY",
    severity: "error",
    title: "The key is too short",
    fix: "Issue the certificate with a key of at least RSA-2048 or EC-P256.",
  },
  {
    code: "CERT_UNUSUAL_KEY",
    severity: "error",
    title: "Browsers do not support the key type",
    fix: "Issue the certificate with a key on P-256, P-384 or P-521, or with an RSA key.",
  },
  {
    code: "CERT_EXPLICIT_CURVE",
    severity: "error",
    title: "The key has explicit curve parameters instead of a named curve",
    fix: "Create a key on a named curve (`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`) and issue the certificate for it.",
  },
  {
    code: "CERT_WEAK_HASH",
    severity: "error",
    title: "The signature uses a broken hash",
    fix: "Have the CA sign with SHA-256 or better.",
  },
  {
    code: "CERT_NO_SERVER_AUTH",
    severity: "error",
    title: "The extended key usage does not allow TLS servers",
    fix: "Issue the certificate with the extended key usage serverAuth.",
  },
  {
    code: "CERT_NO_DIGITAL_SIGNATURE",
    severity: "error",
    title: "The key usage does not allow digital signatures",
    fix: "Issue the certificate with the key usage digitalSignature.",
  },
  {
    code: "CERT_CA_AS_LEAF",
    severity: "error",
    title: "The leaf field contains a CA certificate",
    fix: "Pass the certificate of the site; its CA belongs in `certificateChain`.",
  },
  {
    code: "CERT_SELF_SIGNED",
    severity: "warning",
    title: "The certificate is self-signed",
    fix: "Have a CA sign it, unless all clients of the site trust this certificate.",
  },
  {
    code: "CERT_NO_NAMES",
    severity: "error",
    title: "The certificate has no subject alternative names",
    fix: "Issue the certificate with the host names as subject alternative names; clients ignore the common name.",
  },
  {
    code: "CERT_HOST_NOT_COVERED",
    severity: "error",
    title: "No name of the certificate covers a host",
    fix: "Issue a certificate that has the host among its names, or a wildcard one label above.",
  },
  // The form of any certificate, in both fields.
  {
    code: "CERT_CRITICAL_EXTENSION",
    severity: "error",
    title: "A critical extension is unknown to clients",
    fix: "Issue the certificate without this extension, or with the extension marked non-critical.",
  },
  {
    code: "CERT_FORM_INVALID",
    severity: "error",
    title: "The certificate is malformed, and clients reject it",
    fix: "Have the CA issue it again; its software or template is at fault.",
  },
  {
    code: "CERT_FORM_STRICT",
    severity: "warning",
    title: "The certificate is malformed in a way that strict clients reject",
    fix: "Issue the certificate with a current CA or template; Python 3.13 and `openssl verify -x509_strict` are strict, Go and Java in part.",
  },
] as const satisfies readonly LintRule[];

export type LintCode = (typeof LINT_RULES)[number]["code"];

const RULES: ReadonlyMap<string, LintRule> = new Map(LINT_RULES.map((rule) => [rule.code, rule]));

export function isLintCode(code: string): code is LintCode {
  return RULES.has(code);
}

export function finding(code: LintCode, property: FindingProperty, message: string, fix?: string): Finding {
  const rule = RULES.get(code);
  return { code, severity: rule?.severity ?? "error", property, message, fix: fix ?? rule?.fix ?? "" };
}

/** The same mistake in a form that only some clients reject. */
export function lesser(found: Finding): Finding {
  return { ...found, severity: "warning" };
}

const FAULT_CODES: Readonly<Record<PemFault["kind"], LintCode>> = {
  empty: "CERT_NOT_PEM",
  "not-pem": "CERT_NOT_PEM",
  "base64-of-pem": "CERT_BASE64_OF_PEM",
  broken: "CERT_PEM_BROKEN",
};

/** A required field that is empty has a code of its own. */
const EMPTY_CODES: Partial<Readonly<Record<FindingProperty, LintCode>>> = {
  certificate: "CERT_MISSING",
  certificateChain: "CERT_CHAIN_MISSING",
  privateKey: "CERT_KEY_MISSING",
};

export function pemFinding(fault: PemFault, property: FindingProperty): Finding {
  const code = (fault.kind === "empty" ? EMPTY_CODES[property] : undefined) ?? FAULT_CODES[fault.kind];
  return finding(code, property, `The field \`${property}\` ${fault.what}.`, fault.fix);
}

export function oddityFinding(oddity: string, property: FindingProperty): Finding {
  return finding("CERT_PEM_FORM", property, `The field \`${property}\` ${oddity}.`);
}
