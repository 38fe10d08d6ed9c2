/** Findings about how a certificate is encoded (RFC 5280 sections 4.1 and 4.2), and which clients reject it. */
import { type Certificate, extensionOf } from "../certificate.ts";
import { children, readDer } from "../der.ts";
import { EXTENSION, KEY_USAGE } from "../extensions.ts";
import type { Finding, FindingProperty } from "../finding.ts";
import { finding, lesser } from "../finding-catalog.ts";

/** The extensions that OpenSSL, Go and Java all process. */
const KNOWN_CRITICAL: readonly string[] = [
  EXTENSION.keyUsage,
  EXTENSION.names,
  EXTENSION.basicConstraints,
  EXTENSION.nameConstraints,
  EXTENSION.policies,
  EXTENSION.policyMappings,
  EXTENSION.policyConstraints,
  EXTENSION.usages,
  EXTENSION.inhibitAnyPolicy,
];

const CRL_POINTS = "2.5.29.31";

/** Not for roots, which are trusted as they are, and not for self-signed leaves, which are for tests. */
export function lintForm(of: Certificate, property: FindingProperty, subject: string): readonly Finding[] {
  const made = (code: "CERT_CRITICAL_EXTENSION" | "CERT_FORM_INVALID" | "CERT_FORM_STRICT") => (what: string) =>
    finding(code, property, `${subject} ${what}.`);
  const ids = of.extensions.map(({ id }) => id);
  const unknown = of.extensions.filter(({ id, critical }) => critical && !KNOWN_CRITICAL.includes(id));
  const twice = ids.filter((id, index) => ids.indexOf(id) < index);
  return [
    ...unknown.map(({ id }) => {
      if (id !== CRL_POINTS) return made("CERT_CRITICAL_EXTENSION")(`has the critical extension ${id}`);
      return lesser(made("CERT_CRITICAL_EXTENSION")("has critical CRL distribution points, which Java rejects"));
    }),
    ...twice.map((id) => made("CERT_FORM_INVALID")(`has the extension ${id} twice`)),
    ...strictFaults(of, property).map(made("CERT_FORM_STRICT")),
  ];
}

/** Clauses for what only strict clients reject. Each is verified against real clients in the tests. */
function strictFaults(of: Certificate, property: FindingProperty): string[] {
  const names = extensionOf(of, EXTENSION.names);
  const faults: [boolean, string][] = [
    [of.version < 3 && of.extensions.length > 0, `is of version ${of.version} and has extensions`],
    [((of.serial[0] ?? 0) & 0x80) !== 0, "has a negative serial number, which Go rejects"],
    [isEmptyName(of.subjectDer) && names?.critical === false, "has no subject, and names that are not critical"],
    [of.version === 3 && of.authorityKeyId?.keyId === undefined, "has no authority key identifier with a key"],
    [names !== undefined && hasOtherLetters(names.value), "has a DNS name with letters beyond ASCII, which Go rejects"],
  ];
  if (of.isCa && property === "certificateChain") {
    faults.push(
      [isEmptyName(of.subjectDer), "is a CA without a subject"],
      [of.subjectKeyId === undefined, "is a CA without subject key identifier"],
      [of.keyUsage === undefined, "is a CA without key usage"],
      [extensionOf(of, EXTENSION.basicConstraints)?.critical === false, "has basic constraints that are not critical"],
    );
  } else if (!of.isCa) {
    faults.push(
      [of.pathLength !== undefined, "has a path length without being a CA"],
      [((of.keyUsage ?? 0) & KEY_USAGE.keyCertSign) !== 0, "has the key usage keyCertSign without being a CA"],
    );
  }
  return faults.flatMap(([isFault, what]) => (isFault ? [what] : []));
}

function isEmptyName(der: Buffer): boolean {
  return readDer(der).content.length === 0;
}

function hasOtherLetters(names: Buffer): boolean {
  return children(readDer(names)).some(({ tag, content }) => tag === 0x82 && content.some((octet) => octet > 0x7f));
}
