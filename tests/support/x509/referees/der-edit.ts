/** Changes a certificate in ways that openssl does not offer, and signs it again. */
import { createPrivateKey, sign } from "node:crypto";
import { children, OBJECT_IDENTIFIER, readDer, SEQUENCE } from "../../../../provider/x509/der.ts";

/** Each is a whole DER element. */
export interface TbsFields {
  /** Undefined: version 1. */
  version: Buffer | undefined;
  serial: Buffer;
  algorithm: Buffer;
  issuer: Buffer;
  validity: Buffer;
  subject: Buffer;
  publicKey: Buffer;
  extensions: Buffer[];
}

export function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const octets = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, 0x80 | octets.length, ...octets]), content]);
}

export const sequence = (...items: readonly Buffer[]): Buffer => element(SEQUENCE, ...items);
export const integer = (hex: string): Buffer => element(0x02, Buffer.from(hex, "hex"));
export const utcTime = (text: string): Buffer => element(0x17, Buffer.from(text));
export const generalizedTime = (text: string): Buffer => element(0x18, Buffer.from(text));

export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return element(OBJECT_IDENTIFIER, Buffer.from(octets));
}

export function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [element(0x01, Buffer.from([0xff]))] : []), element(0x04, value));
}

/** @param signerKey PEM of the key that signed it before: the algorithm stays the same */
export function edited(pem: string, signerKey: string, edit: (fields: TbsFields) => void): string {
  const [tbs, algorithm] = children(readDer(derOf(pem)));
  if (tbs === undefined || algorithm === undefined) throw new Error("there is no certificate");
  const parts = children(tbs);
  const version = parts[0]?.tag === 0xa0 ? parts[0].raw : undefined;
  const [serial, inner, issuer, validity, subject, publicKey, ...rest] = parts
    .slice(version === undefined ? 0 : 1)
    .map(({ raw }) => raw);
  if (!serial || !inner || !issuer || !validity || !subject || !publicKey) throw new Error("a field is missing");
  const list = rest.map((raw) => readDer(raw)).find(({ tag }) => tag === 0xa3);
  const extensions = list === undefined ? [] : children(readDer(list.content)).map(({ raw }) => raw);
  const fields: TbsFields = { version, serial, algorithm: inner, issuer, validity, subject, publicKey, extensions };
  edit(fields);
  const made = sequence(
    ...(fields.version === undefined ? [] : [fields.version]),
    ...[fields.serial, fields.algorithm, fields.issuer, fields.validity, fields.subject, fields.publicKey],
    ...(fields.extensions.length === 0 ? [] : [element(0xa3, sequence(...fields.extensions))]),
  );
  const signature = sign("sha256", made, createPrivateKey(signerKey));
  return pemOf(sequence(made, algorithm.raw, element(0x03, Buffer.from([0]), signature)));
}

export function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
}

export function pemOf(der: Buffer, label = "CERTIFICATE"): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
