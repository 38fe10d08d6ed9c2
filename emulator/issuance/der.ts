/** Minimal DER encoder for PKCS#10 requests and certificates, so that they can be signed synchronously (X.690). */
const longForm = 0x80;

export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => der(0x31, ...parts);
/** A context tag around its content: `[number] EXPLICIT`, or `IMPLICIT` of something constructed. */
export const tagged = (number: number, ...parts: readonly Uint8Array[]): Buffer => der(0xa0 + number, ...parts);
export const bitString = (bytes: Uint8Array): Buffer => der(0x03, Buffer.from([0]), bytes);
/** @param hex of a positive number without a leading sign bit */
export const integer = (hex: string): Buffer => der(0x02, Buffer.from(hex, "hex"));

/** UTCTime to 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5). */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/\D/g, "").slice(0, 14);
  return digits < "2050" ? der(0x17, Buffer.from(`${digits.slice(2)}Z`)) : der(0x18, Buffer.from(`${digits}Z`));
}

/**
 * The first element inside a constructed one, with its tag: the part of a request or certificate that the signature
 * covers.
 */
export function firstElement(bytes: Uint8Array): Uint8Array {
  const outer = headerOf(bytes);
  const inner = bytes.subarray(outer.header);
  const { header, length } = headerOf(inner);
  return inner.subarray(0, header + length);
}

function headerOf(bytes: Uint8Array): { header: number; length: number } {
  const first = bytes[1] ?? 0;
  if (first < longForm) return { header: 2, length: first };
  const count = first - longForm;
  return { header: 2 + count, length: Number.parseInt(Buffer.from(bytes.subarray(2, 2 + count)).toString("hex"), 16) };
}

function lengthOf(length: number): Buffer {
  if (length < longForm) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.from([longForm + bytes.length]), bytes]);
}
