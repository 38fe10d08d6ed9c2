/** Key identifiers (RFC 5280 sections 4.2.1.1 and 4.2.1.2): how a certificate says which key signed it. */
import { type Certificate, extensionOf } from "./certificate.ts";
import { children, readDer } from "./der.ts";
import { EXTENSION } from "./extensions.ts";

export function subjectKeyId(certificate: Certificate): Buffer | undefined {
  const extension = extensionOf(certificate, EXTENSION.subjectKeyId);
  return extension === undefined ? undefined : readDer(extension.value).content;
}

/** Whether what the child says about its signer's key or number contradicts what the parent says of itself. */
export function contradicts(parent: Certificate, child: Certificate): boolean {
  const extension = extensionOf(child, EXTENSION.authorityKeyId);
  if (extension === undefined) return false;
  const parts = children(readDer(extension.value));
  const keyId = parts.find(({ tag }) => tag === 0x80)?.content;
  const own = subjectKeyId(parent);
  if (keyId !== undefined && own !== undefined && !keyId.equals(own)) return true;
  const serial = parts.find(({ tag }) => tag === 0x82)?.content;
  if (serial !== undefined && !serial.equals(parent.serial)) return true;
  const names = parts.find(({ tag }) => tag === 0xa1);
  const issuer = names === undefined ? undefined : children(names).find(({ tag }) => tag === 0xa4)?.content;
  return issuer !== undefined && !issuer.equals(parent.issuerDer);
}

/** Whether it says which key signed it, and not only which certificate. */
export function namesIssuerKey(certificate: Certificate): boolean {
  const extension = extensionOf(certificate, EXTENSION.authorityKeyId);
  return extension !== undefined && children(readDer(extension.value)).some(({ tag }) => tag === 0x80);
}
