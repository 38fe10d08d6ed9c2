/** Name constraints (RFC 5280 section 4.2.1.10): which names a CA permits in certificates below it. */
import { type Certificate, extensionOf } from "../certificate.ts";
import { children, type DerNode, readDer, readOid, readText } from "../der.ts";
import { EXTENSION } from "../extensions.ts";
import { formatIp } from "../names.ts";

/** Tags of a GeneralName. */
const NAME = { email: 0x81, dns: 0x82, directory: 0xa4, uri: 0x86, ip: 0x87 } as const;

export interface Violation {
  /** The name, and the rule that it violates, as a clause. */
  readonly what: string;
  /** True if only Go rejects it. */
  readonly goOnly: boolean;
}

interface Constraints {
  readonly permitted: readonly DerNode[];
  readonly excluded: readonly DerNode[];
  readonly critical: boolean;
}

/** @throws RangeError if the extension cannot be parsed */
export function violations(ca: Certificate, below: Certificate): readonly Violation[] {
  const constraints = readConstraints(ca);
  if (constraints === undefined) return [];
  const { permitted, excluded } = constraints;
  return namesOf(below).flatMap((name): Violation[] => {
    const ofKind = permitted.filter(({ tag }) => tag === name.tag);
    const said = describe(name);
    if (ofKind.length > 0 && !ofKind.some((base) => matches(name, base))) {
      return [{ what: `permits ${list(ofKind)}, not ${said}`, goOnly: false }];
    }
    const out = excluded.find((base) => base.tag === name.tag && matches(name, base));
    if (out !== undefined) return [{ what: `excludes ${describe(out)}, and so ${said}`, goOnly: false }];
    const covered = excluded.find((base) => base.tag === name.tag && isBelowWildcard(base, name));
    return covered === undefined ? [] : [{ what: `excludes ${describe(covered)}, which ${said} covers`, goOnly: true }];
  });
}

/** True if the constraints are critical and of a type that Go does not know. */
export function isUnknownToGo(ca: Certificate): boolean {
  const constraints = readConstraints(ca);
  const known: readonly number[] = [NAME.email, NAME.dns, NAME.uri, NAME.ip];
  return (
    constraints?.critical === true &&
    [...constraints.permitted, ...constraints.excluded].some(({ tag }) => !known.includes(tag))
  );
}

function readConstraints(ca: Certificate): Constraints | undefined {
  const extension = extensionOf(ca, EXTENSION.nameConstraints);
  if (extension === undefined) return undefined;
  const parts = children(readDer(extension.value));
  const bases = (tag: number) =>
    parts
      .filter((part) => part.tag === tag)
      .flatMap((part) => children(part).flatMap((tree) => children(tree).slice(0, 1)));
  return { permitted: bases(0xa0), excluded: bases(0xa1), critical: extension.critical };
}

function namesOf(certificate: Certificate): readonly DerNode[] {
  const extension = extensionOf(certificate, EXTENSION.names);
  const alternative = extension === undefined ? [] : children(readDer(extension.value));
  const subject = readDer(certificate.subjectDer);
  // Tag 4 is explicit: its content is the whole name.
  const own = subject.content.length === 0 ? [] : [{ tag: NAME.directory, raw: subject.raw, content: subject.raw }];
  return [...own, ...alternative];
}

function matches(name: DerNode, base: DerNode): boolean {
  switch (base.tag) {
    case NAME.dns:
      return isWithin(textOf(name), textOf(base));
    case NAME.email:
      return isEmailWithin(textOf(name), textOf(base));
    case NAME.uri:
      return isHostOf(/^[^:/?#]+:\/\/(?:[^/?#@]*@)?([^/?#:]*)/.exec(textOf(name))?.[1] ?? "", textOf(base));
    case NAME.ip:
      return isInNetwork(name.content, base.content);
    case NAME.directory:
      return startsWith(attributes(name), attributes(base));
    default:
      return name.content.equals(base.content);
  }
}

/** "example.com" matches itself and its subdomains; ".example.com" only its subdomains. */
function isWithin(name: string, base: string): boolean {
  if (base === "" || name === base) return true;
  return name.endsWith(base.startsWith(".") ? base : `.${base}`);
}

function isEmailWithin(name: string, base: string): boolean {
  return base.includes("@") ? name === base : isHostOf(name.slice(name.lastIndexOf("@") + 1), base);
}

/** "example.com" matches that host only, unlike in a DNS name. */
function isHostOf(host: string, base: string): boolean {
  return base.startsWith(".") ? host.endsWith(base) : host === base;
}

function isInNetwork(address: Buffer, network: Buffer): boolean {
  const size = address.length;
  if (network.length !== size * 2) return false;
  return address.every((octet, index) => {
    const mask = network[size + index] ?? 0;
    return (octet & mask) === ((network[index] ?? 0) & mask);
  });
}

function isBelowWildcard(base: DerNode, name: DerNode): boolean {
  const [excluded, wildcard] = [textOf(base), textOf(name)];
  return base.tag === NAME.dns && wildcard.startsWith("*.") && excluded.endsWith(wildcard.slice(1));
}

/** One text per relative name, without differences in case and white space, as clients compare them. */
function attributes(name: DerNode): readonly string[] {
  const [sequence] = children(name);
  return (sequence === undefined ? [] : children(sequence)).map((relative) =>
    children(relative)
      .map((attribute) => {
        const [type, value] = children(attribute);
        const text = value === undefined ? "" : readText(value).trim().replace(/\s+/g, " ").toLowerCase();
        return `${type === undefined ? "" : readOid(type)}=${text}`;
      })
      .sort()
      .join("+"),
  );
}

function startsWith(name: readonly string[], base: readonly string[]): boolean {
  return base.every((part, index) => name[index] === part);
}

function textOf(name: DerNode): string {
  return name.content.toString("latin1").toLowerCase();
}

function describe(name: DerNode): string {
  switch (name.tag) {
    case NAME.ip:
      return describeIp(name.content);
    case NAME.directory:
      return `the subject ${attributes(name)
        .map((part) => part.slice(part.indexOf("=") + 1))
        .join(", ")}`;
    case NAME.dns:
    case NAME.email:
    case NAME.uri:
      return textOf(name) === "" ? "every name" : textOf(name);
    default:
      return "a name of another kind";
  }
}

/** An address, or a network: the address followed by as many octets of mask. */
function describeIp(octets: Buffer): string {
  const isNetwork = octets.length === 8 || octets.length === 32;
  const address = formatIp(isNetwork ? octets.subarray(0, octets.length / 2) : octets) ?? "an address";
  return isNetwork ? `the network at ${address}` : address;
}

function list(bases: readonly DerNode[]): string {
  const said = bases.slice(0, 3).map(describe).join(", ");
  return bases.length > 3 ? `${said}, ...` : said;
}
