/** Key identifiers (RFC 5280 sections 4.2.1.1 and 4.2.1.2): how a certificate says which key signed it. */
import type { Certificate } from "./certificate.ts";
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

/** Whether what the child says about its signer's key or number is not what the parent says of itself. */
export function contradicts(parent: Certificate, { authorityKeyId }: Certificate): boolean {
  if (authorityKeyId === undefined) return false;
  const { keyId, issuer, serial } = authorityKeyId;
  const differ = (said: Buffer | undefined, own: Buffer | undefined) =>
    said !== undefined && own !== undefined && !said.equals(own);
  return differ(keyId, parent.subjectKeyId) || differ(serial, parent.serial) || differ(issuer, parent.issuerDer);
}
