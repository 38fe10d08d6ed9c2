/** SiteCertificate: the link between a site and a certificate (docs/qwilt-api.md 4.6). */
import { z } from "zod";
import { listOf, numericId, optionalText } from "./scalars.ts";

export const SiteCertificate = z.object({
  /** Decimal text on the wire. */
  certificateId: numericId,
  /** Values unknown; not interpreted (U8). */
  certificateType: optionalText,
  target: optionalText,
  state: optionalText,
});
export type SiteCertificate = z.infer<typeof SiteCertificate>;

export const SiteCertificateList = listOf(SiteCertificate);

/**
 * Linking returns a list with one item; a single object is accepted too (docs/qwilt-api.md 7.3 R2 is about the list
 * only).
 */
export const LinkAnswer = z.union([SiteCertificateList, SiteCertificate.transform((link) => [link])]);
