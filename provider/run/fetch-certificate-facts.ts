/** Facts of a certificate that somebody else made, be it Qwilt: they stand in its text alone. */

import { certificateFacts } from "../x509/facts.ts";
import type { Context } from "./lifecycle.ts";

/** Empty when it has gone or Qwilt does not show its text. */
export async function fetchCertificateFacts(certificateId: number, ctx: Context) {
  return factsIn(await ctx.api.certificates.get(certificateId, { detailed: true }));
}

export function factsIn(found: { readonly certificate?: string | undefined } | undefined) {
  if (found?.certificate === undefined)
    return { fingerprint: "", dnsNames: [], ipAddresses: [], notBefore: "", notAfter: "" };
  const { fingerprint, dnsNames, ipAddresses, notBefore, notAfter } = certificateFacts(found.certificate);
  return { fingerprint, dnsNames, ipAddresses, notBefore, notAfter };
}
