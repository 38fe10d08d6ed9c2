/** The server name in the first bytes of a connection. */
export type ClientHello =
  | { readonly kind: "incomplete" }
  | { readonly kind: "not-tls" }
  | { readonly kind: "hello"; readonly serverName: string | undefined };

const incomplete: ClientHello = { kind: "incomplete" };
const notTls: ClientHello = { kind: "not-tls" };

const handshakeRecord = 22;
const clientHelloMessage = 1;
const serverNameExtension = 0;
const hostNameType = 0;

/**
 * Reads the server name from a TLS ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3), which may be split into
 * several records and arrive in pieces.
 */
export function parseClientHello(bytes: Buffer): ClientHello {
  const message = handshakeMessage(bytes);
  if (!Buffer.isBuffer(message)) return message;
  try {
    return { kind: "hello", serverName: serverNameOf(message) };
  } catch (error) {
    if (error instanceof TooShort) return notTls;
    throw error;
  }
}

/** Joins the payloads of handshake records until the first message is complete. */
function handshakeMessage(bytes: Buffer): Buffer | ClientHello {
  const parts: Buffer[] = [];
  let collected = 0;
  let offset = 0;
  for (;;) {
    if (bytes.length > offset && bytes[offset] !== handshakeRecord) return notTls;
    if (bytes.length > offset + 1 && bytes[offset + 1] !== 3) return notTls;
    if (bytes.length < offset + 5) return incomplete;
    const length = bytes.readUInt16BE(offset + 3);
    // RFC 8446 section 5.1: an empty handshake record is forbidden, and 2^14 bytes is the limit.
    if (length === 0 || length > 16_384) return notTls;
    const part = bytes.subarray(offset + 5, offset + 5 + length);
    parts.push(part);
    collected += part.length;
    const message = parts.length === 1 ? part : Buffer.concat(parts, collected);
    if (message.length > 0 && message[0] !== clientHelloMessage) return notTls;
    if (message.length >= 4 && message.length >= 4 + message.readUIntBE(1, 3)) {
      return message.subarray(4, 4 + message.readUIntBE(1, 3));
    }
    if (part.length < length) return incomplete;
    offset += 5 + length;
  }
}

/** A length field points past the end of the message. */
class TooShort extends Error {}

function uint8(bytes: Buffer, offset: number): number {
  if (offset + 1 > bytes.length) throw new TooShort();
  return bytes.readUInt8(offset);
}

function uint16(bytes: Buffer, offset: number): number {
  if (offset + 2 > bytes.length) throw new TooShort();
  return bytes.readUInt16BE(offset);
}

/** @throws TooShort */
function serverNameOf(hello: Buffer): string | undefined {
  let offset = 2 + 32;
  offset += 1 + uint8(hello, offset);
  offset += 2 + uint16(hello, offset);
  offset += 1 + uint8(hello, offset);
  // A ClientHello of TLS 1.2 may end here, without extensions.
  if (offset === hello.length) return undefined;
  const end = offset + 2 + uint16(hello, offset);
  offset += 2;
  while (offset < end) {
    const type = uint16(hello, offset);
    const length = uint16(hello, offset + 2);
    offset += 4;
    if (type === serverNameExtension) return hostNameOf(hello.subarray(offset, offset + length));
    offset += length;
  }
  return undefined;
}

function hostNameOf(list: Buffer): string | undefined {
  if (list.length === 0) return undefined;
  const end = 2 + uint16(list, 0);
  let offset = 2;
  while (offset < end) {
    const type = uint8(list, offset);
    const length = uint16(list, offset + 1);
    offset += 3;
    if (offset + length > list.length) throw new TooShort();
    if (type === hostNameType) return list.toString("latin1", offset, offset + length).toLowerCase();
    offset += length;
  }
  return undefined;
}
