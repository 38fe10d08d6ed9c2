/** Arguments and state of a CertificateTemplate. */
import { z } from "zod";
import type { DelegationRecord } from "../../issuance/delegation/records.ts";

const Name = z.string().min(1).max(253);

export const CertificateTemplateArgs = z.strictObject({
  /** Common name: a host name or a wildcard. Changing it replaces the template. */
  commonName: Name,
  /** Additional names, at most 100; their order does not matter. Changing them replaces. */
  subjectAlternativeNames: z.array(Name).max(100).readonly().optional(),
  /** true (default): Qwilt issues and renews with Let's Encrypt. false: any CA signs the request. Changing it replaces. */
  autoManaged: z.boolean().optional(),
  /** Country, two letters (ISO 3166-1). Changing it replaces. */
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, "must be two capital letters")
    .optional(),
  /** State or province, in full. Changing it replaces. */
  state: z.string().min(1).optional(),
  /** City. Changing it replaces. */
  locality: z.string().min(1).optional(),
  /** Legal name of the organization. Changing it replaces. */
  organizationName: z.string().min(1).optional(),
  /** Any text; changing it creates a new key and signing request. Self-managed templates only. */
  rotation: z.string().optional(),
  /** Self-managed templates only: how long before expiry to create a new signing request, in days or as a share ("30%", "1/3"). */
  renewBefore: z.union([z.number().positive(), z.string()]).optional(),
  /** Lifetime of your CA's certificates in days; without it previews look up the dates until a refresh has stored them. */
  lifetimeDays: z.number().positive().optional(),
  /** "verify": previews look up the delegation records in DNS and warn. Default "outputs": no lookup at preview. */
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
  /** PKCS#10 PEM of the newest signing request; "" if Qwilt does not return it. */
  readonly csrPem: string;
  /** CNAME records to create and to keep for as long as Qwilt renews: sorted, one per name, the same in every signing state. */
  readonly delegationRecords: readonly DelegationRecord[];
  /** State of the newest signing request, as Qwilt names it. */
  readonly signingState: string;
  /** Newest certificate of the template; null until there is one. */
  readonly lastCertificateId: number | null;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  /** Dates of the newest certificate, once looked up. ISO 8601 UTC. */
  readonly notBefore?: string | undefined;
  readonly notAfter?: string | undefined;
  /** True if the template already existed and was adopted; this stack then never deletes it. */
  readonly adopted: boolean;
}
