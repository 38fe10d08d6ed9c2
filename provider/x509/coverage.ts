/**
 * Which hosts a certificate covers according to clients (RFC 9525, which replaced RFC 6125). Only subject alternative
 * names count: browsers ignore the common name, so it never covers a host here, even on its own.
 */
import { canonicalHost, canonicalIp } from "./names.ts";

/** The names of a certificate; {@link CertificateFacts} has this shape. */
export interface CertificateNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses?: readonly string[];
}

export interface Coverage {
  /** Both lists keep the order and the spelling of the given hosts. */
  readonly covered: readonly string[];
  readonly uncovered: readonly string[];
}

/**
 * @param hosts host names (case, a final dot and U-labels do not matter), IP addresses, or `*.` names as
 *   {@link securedHosts} gives them for wildcard subdomains: those need the same wildcard in the certificate
 */
export function coverage(
  dnsNames: readonly string[],
  hosts: readonly string[],
  ipAddresses: readonly string[] = [],
): Coverage {
  // A host may end with the root's dot; a name in a certificate may not: clients match it with nothing.
  const names = new Set(dnsNames.flatMap((name) => (name.endsWith(".") ? [] : (canonicalHost(name) ?? []))));
  const addresses = new Set(ipAddresses.flatMap((address) => canonicalIp(address) ?? []));
  const covered: string[] = [];
  const uncovered: string[] = [];
  for (const host of hosts) (isCovered(host, names, addresses) ? covered : uncovered).push(host);
  return { covered, uncovered };
}

function isCovered(host: string, names: ReadonlySet<string>, addresses: ReadonlySet<string>): boolean {
  const address = canonicalIp(host);
  // An IP address among the DNS names covers nothing (RFC 9525 section 6.5).
  if (address !== undefined) return addresses.has(address);
  const name = canonicalHost(host);
  if (name === undefined) return false;
  if (names.has(name)) return true;
  const [label, ...parent] = name.split(".");
  // The wildcard is the whole left-most label and matches exactly one label (RFC 9525 section 6.3). Browsers do not
  // honor one directly below a top-level domain.
  return label !== "*" && parent.length >= 2 && names.has(`*.${parent.join(".")}`);
}

/** A wildcard that matches a label with an underscore: browsers and Go accept it, OpenSSL does not. */
export function needsUnderscoreByWildcard(dnsNames: readonly string[], host: string): boolean {
  const name = canonicalHost(host) ?? "";
  return name.split(".")[0]?.includes("_") === true && !dnsNames.some((each) => canonicalHost(each) === name);
}

export interface CoveragePlan {
  /** Hosts that the wanted certificate does not cover. */
  readonly uncovered: readonly string[];
  /** Those of them that the outgoing certificate covers: they break with the change. */
  readonly lost: readonly string[];
}

export function planCoverage(change: {
  readonly wanted: CertificateNames;
  /** Omitted if no certificate is linked, or if its names are not known. */
  readonly outgoing?: CertificateNames | undefined;
  readonly hosts: readonly string[];
}): CoveragePlan {
  const { wanted, outgoing, hosts } = change;
  const { uncovered } = coverage(wanted.dnsNames, hosts, wanted.ipAddresses);
  if (outgoing === undefined) return { uncovered, lost: [] };
  return { uncovered, lost: coverage(outgoing.dnsNames, uncovered, outgoing.ipAddresses).covered };
}
