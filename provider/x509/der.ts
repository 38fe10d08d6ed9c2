/**
 * Minimal DER parser (X.690) for the certificate fields that node:crypto does not offer on every supported Node
 * version: signature algorithm, times, subject alternative names and extensions.
 */
export interface DerNode {
  /** Identifier octet; only low tag numbers occur in certificates. */
  readonly tag: number;
  /** The whole element, including identifier and length. */
  readonly raw: Buffer;
  readonly content: Buffer;
}

export const SEQUENCE = 0x30;
export const OBJECT_IDENTIFIER = 0x06;

/** @throws RangeError if the bytes are truncated or use a form that DER does not allow */
export function readDer(bytes: Buffer, offset = 0): DerNode {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) throw new RangeError("DER ends early");
  let start = offset + 2;
  let length = first;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4 || start + octets > bytes.length) throw new RangeError("DER length is malformed");
    length = bytes.readUIntBE(start, octets);
    start += octets;
  }
  const end = start + length;
  if (end > bytes.length) throw new RangeError("DER ends early");
  return { tag, raw: bytes.subarray(offset, end), content: bytes.subarray(start, end) };
}

export function children(node: DerNode): readonly DerNode[] {
  const nodes: DerNode[] = [];
  for (let offset = 0; offset < node.content.length; ) {
    const child = readDer(node.content, offset);
    nodes.push(child);
    offset += child.raw.length;
  }
  return nodes;
}

export function readOid(node: DerNode): string {
  if (node.tag !== OBJECT_IDENTIFIER) throw new RangeError("an object identifier was expected");
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of node.content) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet < 0x80) {
      if (arcs.length === 0) {
        const root = Math.min(2, Math.floor(arc / 40));
        arcs.push(root, arc - root * 40);
      } else arcs.push(arc);
      arc = 0;
    }
  }
  return arcs.join(".");
}

/** UTCTime and GeneralizedTime as RFC 5280 section 4.1.2.5 restricts them (UTC, with seconds); epoch milliseconds. */
export function readTime(node: DerNode): number {
  const text = node.content.toString("latin1");
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (match === null) throw new RangeError("a time is malformed");
  const [, year = "", month = "", day = "", hour = "", minute = "", second = ""] = match;
  const century = year.length === 4 ? "" : Number(year) >= 50 ? "19" : "20";
  const ms = Date.parse(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse reads February 30 as March 2.
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(day)) throw new RangeError("a time is malformed");
  return ms;
}

/** Text of a directory string of any string type. */
export function readText(node: DerNode): string {
  if (node.tag === 0x1e && node.content.length % 2 === 0) return Buffer.from(node.content).swap16().toString("utf16le"); // BMPString
  if (node.tag === 0x14) return node.content.toString("latin1"); // TeletexString, in practice Latin-1
  return node.content.toString("utf8");
}
