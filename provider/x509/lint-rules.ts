/**
 * The catalogue of findings. A code is for ever: stacks silence by it. docs/lint.md shows an example of each; a test
 * compares both ways. Errors are what OpenSSL or a browser refuses, or is surely a mistake; warnings are what only some
 * clients refuse, or a private CA may rightly do.
 */
import type { Finding, FindingProperty } from "./finding.ts";
import type { PemFault } from "./pem.ts";

export interface LintRule {
  readonly code: string;
  readonly severity: Finding["severity"];
  readonly title: string;
  /** The general advice; a finding may carry a more precise one. */
  readonly fix: string;
}

export const LINT_RULES = [
  // The text of a field.
  {
    code: "CERT_MISSING",
    severity: "error",
    title: "There is no certificate in the leaf field",
    fix: "Put the certificate of the site, as PEM text, into `certificate`.",
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
    title: "The PEM text was base64-encoded once more",
    fix: "Pass the PEM text itself; the encoding that Qwilt asks for is done by the provider.",
  },
  {
    code: "CERT_PEM_BROKEN",
    severity: "error",
    title: "The PEM text is damaged",
    fix: "Take the file from the CA again, and pass it on unchanged.",
  },
  {
    code: "CERT_PEM_FORM",
    severity: "warning",
    title: "OpenSSL or Go cannot read the PEM text as it is",
    fix: "Nothing has to be done for Qwilt: the provider sends the standard form. Other programs need the file mended.",
  },
  {
    code: "CERT_SEVERAL",
    severity: "error",
    title: "There are several certificates in the leaf field",
    fix: "Leave the certificate of the site alone in `certificate`, and put the others into `certificateChain`.",
  },
  {
    code: "CERT_CSR_AS_CERTIFICATE",
    severity: "error",
    title: "A certificate signing request stands where a certificate belongs",
    fix: "Have the CA sign the request, and pass the certificate that it answers with.",
  },
  {
    code: "CERT_KEY_IN_CERTIFICATE",
    severity: "error",
    title: "A private key stands in the leaf or chain field",
    fix: "Move the key to `privateKey`: only that field is kept secret. Replace the key if it was shown or stored.",
  },
  // The private key.
  {
    code: "CERT_KEY_MISSING",
    severity: "error",
    title: "There is no private key in the key field",
    fix: "Put the private key of the certificate, as PEM text, into `privateKey`.",
  },
  {
    code: "CERT_CERTIFICATE_IN_KEY",
    severity: "error",
    title: "A certificate stands in the key field",
    fix: "Leave the private key alone in `privateKey`; certificates belong into `certificate` and `certificateChain`.",
  },
  {
    code: "CERT_KEY_SEVERAL",
    severity: "error",
    title: "There are several private keys in the key field",
    fix: "Leave the key of the certificate alone in `privateKey`.",
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
    title: "The private key does not belong to the certificate",
    fix: "Pass the key that the signing request of this certificate was made with.",
  },
  // The chain.
  {
    code: "CERT_CHAIN_MISSING",
    severity: "warning",
    title: "There is no chain",
    fix: "Put the intermediate certificates of the CA into `certificateChain`, the signer of the certificate first.",
  },
  {
    code: "CERT_CHAIN_ORDER",
    severity: "error",
    title: "The chain is reversed or out of order",
    fix: "Put the signer of the certificate first, then each certificate before the one that signed it.",
  },
  {
    code: "CERT_CHAIN_INCOMPLETE",
    severity: "error",
    title: "A certificate is missing in the chain",
    fix: "Add the missing intermediate; the CA delivers it with the certificate.",
  },
  {
    code: "CERT_CHAIN_FOREIGN",
    severity: "error",
    title: "The chain holds a certificate of another chain",
    fix: "Pass the chain that the CA delivered with this very certificate.",
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
    title: "The signer of the certificate is expired or not yet valid",
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
    title: "The chain holds a certificate twice",
    fix: "Remove the second one.",
  },
  {
    code: "CERT_LEAF_IN_CHAIN",
    severity: "warning",
    title: "The certificate itself stands in the chain",
    fix: "Remove it from `certificateChain`; the chain begins with the signer of the certificate.",
  },
  {
    code: "CERT_ROOT_IN_CHAIN",
    severity: "warning",
    title: "The root stands in the chain",
    fix: "Remove it from `certificateChain`: clients trust their own copy, and every handshake pays for the bytes.",
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
    title: "More CAs stand below a CA than its path length allows",
    fix: "Have the certificate issued by a CA that may stand there; the CA above has set the limit.",
  },
  {
    code: "CERT_CHAIN_NAME_CONSTRAINTS",
    severity: "error",
    title: "The name constraints of a CA forbid a name",
    fix: "Issue with names that the CA may certify, or by a CA without these constraints.",
  },
  {
    code: "CERT_CHAIN_KEY_ID",
    severity: "error",
    title: "A certificate names another key or number as that of its signer",
    fix: "Pass the very certificate of the CA that the authority key identifier names, or have the certificate issued anew.",
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
    fix: "Wait for its first day, or check the clock of this machine.",
  },
  {
    code: "CERT_EXPIRED",
    severity: "error",
    title: "The certificate is expired",
    fix: "Renew it, and pass the new certificate.",
  },
  {
    code: "CERT_LIFETIME_TOO_LONG",
    severity: "warning",
    title: "The lifetime is above the limit of the CA/Browser Forum for its issue date",
    fix: "Issue for a shorter time; browsers refuse longer lifetimes of public CAs.",
  },
  {
    code: "CERT_WEAK_KEY",
    severity: "error",
    title: "The key is too short",
    fix: "Issue with a key of RSA-2048, EC-P256 or more.",
  },
  {
    code: "CERT_UNUSUAL_KEY",
    severity: "error",
    title: "Browsers do not support the kind of key",
    fix: "Issue with a key on P-256, P-384 or P-521, or with RSA.",
  },
  {
    code: "CERT_EXPLICIT_CURVE",
    severity: "error",
    title: "The key spells its curve out instead of naming it",
    fix: "Make a key on a named curve (`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`), and issue for it.",
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
    fix: "Issue with the extended key usage serverAuth.",
  },
  {
    code: "CERT_NO_DIGITAL_SIGNATURE",
    severity: "error",
    title: "The key usage does not allow digital signatures",
    fix: "Issue with the key usage digitalSignature.",
  },
  {
    code: "CERT_CA_AS_LEAF",
    severity: "error",
    title: "A CA certificate stands in the leaf field",
    fix: "Pass the certificate of the site; its CA belongs into `certificateChain`.",
  },
  {
    code: "CERT_SELF_SIGNED",
    severity: "warning",
    title: "The certificate is self-signed",
    fix: "Have a CA sign it, unless all clients of the site trust this very certificate.",
  },
  {
    code: "CERT_NO_NAMES",
    severity: "error",
    title: "The certificate has no subject alternative names",
    fix: "Issue with the host names as subject alternative names; clients ignore the common name.",
  },
  {
    code: "CERT_HOST_NOT_COVERED",
    severity: "error",
    title: "A host is covered by none of the names",
    fix: "Issue a certificate that has the host among its names, or a wildcard one label above.",
  },
  // The form of any certificate, in both fields.
  {
    code: "CERT_CRITICAL_EXTENSION",
    severity: "error",
    title: "An extension is critical that clients do not know",
    fix: "Issue without this extension, or not critical.",
  },
  {
    code: "CERT_FORM_INVALID",
    severity: "error",
    title: "The certificate breaks a rule of form, and clients refuse it",
    fix: "Have the CA issue it anew; its software or template is at fault.",
  },
  {
    code: "CERT_FORM_STRICT",
    severity: "warning",
    title: "The certificate breaks a rule of form that strict clients enforce",
    fix: "Issue with a current CA or template; of clients, Python 3.13 and `openssl verify -x509_strict` are strict, and Go and Java in parts.",
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

/** The same mistake in a form that only some clients refuse. */
export function lesser(found: Finding): Finding {
  return { ...found, severity: "warning" };
}

const FAULT_CODES: Readonly<Record<PemFault["kind"], LintCode>> = {
  empty: "CERT_NOT_PEM",
  "not-pem": "CERT_NOT_PEM",
  "base64-of-pem": "CERT_BASE64_OF_PEM",
  broken: "CERT_PEM_BROKEN",
};

/** Empty has a code of its own where something must stand. */
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
