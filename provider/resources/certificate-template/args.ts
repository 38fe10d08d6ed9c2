/** What a program says of a certificate template, and what its state holds. */
import { z } from "zod";
import type { DelegationRecord } from "../../issuance/delegation/records.ts";

const Name = z.string().min(1).max(253);

export const CertificateTemplateArgs = z.strictObject({
  /** Common name, a host name, wildcards allowed. Changing it replaces the template. */
  commonName: Name,
  /** Further names, at most 100, a set: their order is no difference. Changing it replaces. */
  subjectAlternativeNames: z.array(Name).max(100).readonly().optional(),
  /** true (default): Qwilt runs the life cycle with Let's Encrypt. false: any CA signs the request. Replaces. */
  autoManaged: z.boolean().optional(),
  /** Two letters, ISO 3166-1. Replaces. */
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, "must be two capital letters")
    .optional(),
  /** State or province, in full. Replaces. */
  state: z.string().min(1).optional(),
  /** City. Replaces. */
  locality: z.string().min(1).optional(),
  /** Legal name. Replaces. */
  organizationName: z.string().min(1).optional(),
  /** Any text; changing it means a new key and signing request. Self-managed templates only. */
  rotation: z.string().optional(),
  /** Self-managed only: a new signing request this long before the certificate's end: days, or a share ("30%", "1/3"). */
  renewBefore: z.union([z.number().positive(), z.string()]).optional(),
  /** Days that your CA's certificates live; without it a preview looks the dates up too, until a refresh has them. */
  lifetimeDays: z.number().positive().optional(),
  /** "verify": previews look the delegation records up in DNS and warn. Default "outputs": no lookup at preview. */
  delegation: z.enum(["outputs", "verify"]).optional(),
});
export type CertificateTemplateArgs = z.infer<typeof CertificateTemplateArgs>;

export interface CertificateTemplateState extends CertificateTemplateArgs {
  /** Qwilt's id of the template; a CertificateIssuance and a SiteCertificateLink take it. */
  readonly certificateTemplateId: number;
  /** Newest signing request. */
  readonly csrId: number;
  /** All signing requests of the template, newest last. */
  readonly csrIds: readonly number[];
  /** PKCS#10 PEM of the newest signing request; "" when Qwilt does not show it. */
  readonly csrPem: string;
  /** CNAME records to create and to keep for as long as Qwilt renews: sorted, one per name, the same in every signing state. */
  readonly delegationRecords: readonly DelegationRecord[];
  /** State of the newest signing request, as Qwilt names it. */
  readonly signingState: string;
  /** Newest certificate of the template; null until there is one. */
  readonly lastCertificateId: number | null;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  /** Dates of the newest certificate, once they were looked up. ISO 8601 UTC. */
  readonly notBefore?: string | undefined;
  readonly notAfter?: string | undefined;
  /** True if the template already existed and was adopted; this stack then never deletes it. */
  readonly adopted: boolean;
}
