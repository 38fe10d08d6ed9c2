/** Canonical forms of host names and IP addresses, so that two spellings of one name compare equal. */
import { isIP } from "node:net";
import { domainToASCII } from "node:url";

/** Text form of an IP address; undefined unless there are 4 or 16 octets. */
export function formatIp(octets: Buffer): string | undefined {
  if (octets.length === 4) return octets.join(".");
  if (octets.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => octets.readUInt16BE(index * 2).toString(16));
  return canonicalIp(groups.join(":"));
}

/** RFC 5952 form of an IP address, without brackets; undefined if the text is not an address. */
export function canonicalIp(text: string): string | undefined {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const version = isIP(bare);
  if (version === 0 || bare.includes("%")) return undefined;
  return version === 4 ? bare : new URL(`http://[${bare}]/`).hostname.slice(1, -1);
}

/**
 * Lower case, without the root's dot, A-labels for U-labels (RFC 5890); a leading `*.` is kept. Undefined if it is not
 * a host name.
 */
export function canonicalHost(text: string): string | undefined {
  const lower = text.trim().toLowerCase().replace(/\.$/, "");
  const wildcard = lower.startsWith("*.");
  const bare = wildcard ? lower.slice(2) : lower;
  const ascii = [...bare].some((char) => char > "\u007f") ? domainToASCII(bare) : bare;
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(ascii)) return undefined;
  // A name that ends in a number is an address or a mistake (URL Standard, "ends in a number"): no client connects to
  // it.
  if (/(^|\.)\d+$/.test(ascii)) return undefined;
  return wildcard ? `*.${ascii}` : ascii;
}
