/** Certificate in the organization's pool (docs/qwilt-api.md 4.1). */
import { z } from "zod";
import { decodePem } from "./pem-encoding.ts";
import { canonicalWord, listOf, numericId, optionalNumericId, optionalText } from "./scalars.ts";

/** Known values of `status`; others are kept as text (docs/qwilt-api.md 5.3). */
export const CERTIFICATE_STATUSES = ["ISSUED", "ACTIVE", "EXPIRED", "REVOKED"] as const;
export type CertificateStatus = (typeof CERTIFICATE_STATUSES)[number];

/** PEM text; a text without PEM is kept unchanged, since one malformed certificate must not hide the others. */
const pemText = z
  .string()
  .nullish()
  .transform((value) =>
    value === null || value === undefined || value === "" ? undefined : (decodePem(value) ?? value),
  );

export const Certificate = z.object({
  certId: numericId,
  /** PEM of the leaf, decoded. Absent from responses to requests without `detailed` (U7). */
  certificate: pemText,
  /** PEM of the chain, decoded. */
  certificateChain: pemText,
  /** Signing request that the certificate belongs to; undefined for a direct upload. */
  csrId: optionalNumericId,
  description: optionalText,
  email: optionalText,
  pkHash: optionalText,
  tenant: optionalText,
  domain: optionalText,
  status: z
    .string()
    .nullish()
    .transform((value) =>
      value === null || value === undefined ? undefined : canonicalWord(CERTIFICATE_STATUSES, value),
    ),
  type: optionalText,
});
export type Certificate = z.infer<typeof Certificate>;

export const CertificateList = listOf(Certificate);

/** Body of an upload or an update. PEM is plain text here and base64 on the wire. */
export interface CertificateUpload {
  /** PEM of exactly one certificate, the leaf. */
  readonly certificate: string;
  /** PEM of the chain, starting with the leaf's issuer. */
  readonly certificateChain: string;
  /** PEM of the key. Omitted with a signing request, and in an update: the stored key stays (U6). */
  readonly privateKey?: string;
  /** Signing request whose key the certificate belongs to; sent as text (U3). */
  readonly csrId?: number | string;
  /** Default "". */
  readonly description?: string;
  /** The format is unpublished; a boolean is sent (U4). */
  readonly expiryNotify?: boolean;
  readonly email?: string;
}
