/** CertificateSigningRequest (docs/qwilt-api.md 4.3). */
import { z } from "zod";
import {
  canonicalWord,
  listOf,
  numericId,
  optionalFlag,
  optionalNumericId,
  optionalText,
  textList,
} from "./scalars.ts";
import { SIGNING_STATES } from "./signing-state.ts";

/** One CNAME that the customer creates: record name and record value. */
export const ChallengeDelegation = z.object({ fromDomain: z.string(), toDomain: z.string() });
export type ChallengeDelegation = z.infer<typeof ChallengeDelegation>;

export const CertificateSigningRequest = z.object({
  csrId: numericId,
  tenant: optionalText,
  commonName: optionalText,
  sans: textList,
  country: optionalText,
  state: optionalText,
  locality: optionalText,
  organizationName: optionalText,
  challengeDelegationOfDomainsList: z
    .array(ChallengeDelegation)
    .nullish()
    .transform((value) => value ?? []),
  /** One of SIGNING_STATES, or a text that this release does not know (`classify`). "" if not sent. */
  signingState: z
    .string()
    .nullish()
    .transform((value) => canonicalWord(SIGNING_STATES, value ?? "")),
  autoManagedCsr: optionalFlag,
  lastCertificateId: optionalNumericId,
  certificateTemplateIdRef: optionalNumericId,
});
export type CertificateSigningRequest = z.infer<typeof CertificateSigningRequest>;

export const CertificateSigningRequestList = listOf(CertificateSigningRequest);
