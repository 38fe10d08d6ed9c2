/** Key identifiers (RFC 5280 sections 4.2.1.1 and 4.2.1.2): which key signed a certificate. */
import { children, readDer } from "./der.ts";

/** What a certificate says about its signer. */
export interface AuthorityKeyId {
  readonly keyId: Buffer | undefined;
  /** DER of the name of the signer's own issuer. */
  readonly issuer: Buffer | undefined;
  readonly serial: Buffer | undefined;
}

export function readSubjectKeyId(value: Buffer | undefined): Buffer | undefined {
  return value === undefined ? undefined : readDer(value).content;
}

export function readAuthorityKeyId(value: Buffer | undefined): AuthorityKeyId | undefined {
  if (value === undefined) return undefined;
  const parts = children(readDer(value));
  const names = parts.find(({ tag }) => tag === 0xa1);
  return {
    keyId: parts.find(({ tag }) => tag === 0x80)?.content,
    issuer: names === undefined ? undefined : children(names).find(({ tag }) => tag === 0xa4)?.content,
    serial: parts.find(({ tag }) => tag === 0x82)?.content,
  };
}
