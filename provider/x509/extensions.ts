/** Extensions of a certificate (RFC 5280 section 4.2), for the linter. */
import { children, type DerNode, readDer, readOid } from "./der.ts";

export interface Extension {
  /** Object identifier. */
  readonly id: string;
  readonly critical: boolean;
  /** Its DER, without the octet string around it. */
  readonly value: Buffer;
}

export const EXTENSION = {
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  names: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  policies: "2.5.29.32",
  policyMappings: "2.5.29.33",
  authorityKeyId: "2.5.29.35",
  policyConstraints: "2.5.29.36",
  usages: "2.5.29.37",
  inhibitAnyPolicy: "2.5.29.54",
} as const;

export function readExtensions(node: DerNode | undefined): readonly Extension[] {
  const [list] = node === undefined ? [] : children(node);
  return (list === undefined ? [] : children(list)).flatMap((each) => {
    const parts = children(each);
    const [id, value] = [parts[0], parts.at(-1)];
    if (id === undefined || value === undefined) return [];
    const critical = parts.length === 3 && parts[1]?.content[0] !== 0;
    return [{ id: readOid(id), critical, value: value.content }];
  });
}

/** Bits of a key usage extension, as {@link KEY_USAGE} names them (RFC 5280 section 4.2.1.3). */
export function readKeyUsage(value: Buffer | undefined): number | undefined {
  return value === undefined ? undefined : (readDer(value).content[1] ?? 0);
}

/** Bits are counted from the left. */
export const KEY_USAGE = { digitalSignature: 0x80, keyCertSign: 0x04 } as const;

export interface BasicConstraints {
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
}

/** Absent means: not a CA (RFC 5280 section 4.2.1.9). */
export function readBasicConstraints(value: Buffer | undefined): BasicConstraints {
  const parts = value === undefined ? [] : children(readDer(value));
  const isCa = parts[0]?.tag === 0x01 && parts[0].content[0] !== 0;
  const length = parts.find(({ tag }) => tag === 0x02);
  return { isCa, pathLength: length === undefined ? undefined : readSmall(length.content) };
}

/** A small number, such as a count of certificates; more than six octets count as unlimited. */
export function readSmall(content: Buffer): number {
  if (content.length === 0 || content.length > 6) return Number.MAX_SAFE_INTEGER;
  return content.readUIntBE(0, content.length);
}
