/** CertificateTemplate: names and subject for which Qwilt creates keys and signing requests (docs/qwilt-api.md 4.2). */
import { z } from "zod";
import { listOf, numericId, optionalFlag, optionalNumericId, optionalText, textList } from "./scalars.ts";

const Received = z.object({
  certificateTemplateId: numericId,
  tenant: optionalText,
  commonName: z.string(),
  sans: textList,
  country: optionalText,
  state: optionalText,
  locality: optionalText,
  organizationName: optionalText,
  autoManagedCertificateTemplate: optionalFlag,
  /** Newest certificate of the template; undefined until there is one. */
  lastCertificateId: optionalNumericId,
  csrIds: z
    .array(numericId)
    .nullish()
    .transform((value) => value ?? []),
  csrId: optionalNumericId,
});

/** `csrIds` has the newest last; the guide's single `csrId` is the fall-back (docs/qwilt-api.md 9). */
export const CertificateTemplate = Received.transform(({ csrId, ...template }) => ({
  ...template,
  csrIds: template.csrIds.length > 0 || csrId === undefined ? template.csrIds : [csrId],
}));
export type CertificateTemplate = z.infer<typeof CertificateTemplate>;

export const CertificateTemplateList = listOf(CertificateTemplate);

/** Body of a create request (docs/qwilt-api.md 4.2, "Create body"). Undefined fields are not sent. */
export interface CertificateTemplateBody {
  readonly commonName: string;
  readonly autoManagedCertificateTemplate: boolean;
  readonly sans?: readonly string[];
  /** Two letters, ISO 3166-1. */
  readonly country?: string;
  readonly state?: string;
  readonly locality?: string;
  readonly organizationName?: string;
}
