import { isIPv4, isIPv6 } from "node:net";

export const dnsTypes = ["CNAME", "A", "AAAA", "CAA", "TXT"] as const;
export type DnsType = (typeof dnsTypes)[number];

/** One record as the control port reads and returns it: the value is text in zone-file format. */
export interface DnsRecord {
  type: DnsType;
  /** A name, an address, text without quotes, or for CAA for example `0 issue "letsencrypt.org"`. */
  value: string;
  /** Seconds. */
  ttl: number;
}

export interface CaaValue {
  readonly flags: number;
  readonly tag: (typeof caaTags)[number];
  readonly value: string;
}

/** Names are compared in lower case and without the final dot (RFC 4343). */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** @returns what is wrong with the name and the record; undefined if nothing */
export function recordFault(name: string, record: DnsRecord): string | undefined {
  if (!isDomainName(canonicalName(name))) return `"${name}" is no domain name`;
  if (!Number.isInteger(record.ttl) || record.ttl < 0 || record.ttl > 2_147_483_647)
    return `ttl ${record.ttl} is no number of seconds`;
  return valueFault(record);
}

function valueFault({ type, value }: DnsRecord): string | undefined {
  switch (type) {
    case "CNAME":
      return isDomainName(canonicalName(value)) ? undefined : `"${value}" is no domain name`;
    case "A":
      return isIPv4(value) ? undefined : `"${value}" is no IPv4 address`;
    case "AAAA":
      return isIPv6(value) ? undefined : `"${value}" is no IPv6 address`;
    case "CAA":
      return parseCaa(value) === undefined ? `"${value}" is no CAA value such as 0 issue "letsencrypt.org"` : undefined;
    case "TXT":
      return undefined;
    default:
      return `type ${String(type satisfies never)} is not one of ${dnsTypes.join(", ")}`;
  }
}

const caaTags = ["issue", "issuewild", "iodef"] as const;

/** @param value presentation format of RFC 8659 section 4.1.1, quotes optional */
export function parseCaa(value: string): CaaValue | undefined {
  const [, flags = "256", tag = "", quoted, bare = ""] =
    /^(\d{1,3})\s+(issue|issuewild|iodef)\s+(?:"([^"]*)"|(\S*))$/i.exec(value.trim()) ?? [];
  const known = caaTags.find((name) => name === tag.toLowerCase());
  if (known === undefined || Number(flags) > 255) return undefined;
  return { flags: Number(flags), tag: known, value: quoted ?? bare };
}

/** Lengths of RFC 1035 section 2.3.4; underscores and a leading `*` are common names. */
function isDomainName(name: string): boolean {
  return (
    name.length <= 253 &&
    name.split(".").every((label) => /^(?:\*|[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)$/.test(label))
  );
}
