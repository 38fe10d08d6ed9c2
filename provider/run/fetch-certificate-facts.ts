/**
 * Facts of a certificate that this program did not provide, such as one issued through Qwilt: they are in its text
 * only.
 */

import { certificateFacts } from "../x509/facts.ts";
import type { Context } from "./lifecycle.ts";

/** Empty if the certificate does not exist or Qwilt does not return its text. */
export async function fetchCertificateFacts(certificateId: number, ctx: Context) {
  return factsIn(await ctx.api.certificates.get(certificateId, { detailed: true }));
}

export function factsIn(found: { readonly certificate?: string | undefined } | undefined) {
  if (found?.certificate === undefined)
    return { fingerprint: "", dnsNames: [], ipAddresses: [], notBefore: "", notAfter: "" };
  const { fingerprint, dnsNames, ipAddresses, notBefore, notAfter } = certificateFacts(found.certificate);
  return { fingerprint, dnsNames, ipAddresses, notBefore, notAfter };
}
