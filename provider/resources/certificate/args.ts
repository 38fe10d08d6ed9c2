/** Arguments, inputs and state of a Certificate; the resource is certificate.ts. */
import { z } from "zod";
import { KeyReference } from "../../run/key-source.ts";
import type { CertificateFacts } from "../../x509/facts.ts";

export const CertificateArgs = z.strictObject({
  /** The leaf, PEM text, exactly one certificate. Changing it replaces: upload, links follow, the old one is deleted. */
  certificate: z.string().min(1),
  /** Its issuers, PEM text: first the signer of the leaf, last an intermediate below a well-known root. Replaces. */
  certificateChain: z.string(),
  /** Private key, PEM text without passphrase. Never kept in the state; a changed key replaces. */
  privateKey: z.string().min(1).optional(),
  /**
   * Where the private key is fetched from instead: { env }, { file } or { command }. The reference is remembered, the
   * key is not; another reference to the same key changes nothing.
   */
  privateKeyFrom: KeyReference.optional(),
  /** Instead of a key: the signing request at Qwilt that holds it. Replaces. */
  csrId: z
    .union([
      z.int().positive(),
      z.string().regex(/^\d+$/, "must be the id of a signing request, a number").transform(Number),
    ])
    .optional(),
  /** PKCS#10 of that request (`template.csrPem`): a certificate of an earlier request then waits instead of failing. */
  csrPem: z.string().optional(),
  /**
   * Free text in Qwilt's console. Changes in place, without a publish. Default: a text that names project, stack and
   * resource. By it the next run knows a certificate that an interrupted run uploaded for its own; with a text of yours
   * such a certificate is adopted, and stays in the pool when the stack goes.
   */
  description: z.string().optional(),
  /** Qwilt notifies by e-mail as the end comes near. Changes in place. */
  expiryNotify: z.boolean().optional(),
  /** Owner's e-mail for notifications. Changes in place. */
  email: z.string().optional(),
  /** Codes of lint findings that are silenced for this certificate. */
  lint: z.strictObject({ allow: z.array(z.string()) }).optional(),
});
export type CertificateArgs = z.infer<typeof CertificateArgs>;

/** What `check` makes of the arguments: no key, but its hash, and the facts. */
export interface CertificateInputs extends Omit<CertificateArgs, "privateKey">, CertificateFacts {}

/** The texts are inputs only: what they say is told by the fingerprint and the chain's digest. */
export interface CertificateState extends Omit<CertificateInputs, "certificate" | "certificateChain"> {
  readonly certificate?: string;
  readonly certificateChain?: string;
  /** SHA-256 of the certificates in the chain. */
  readonly chainDigest: string;
  /** Name of the certificate in Qwilt's console. */
  readonly domain: string;
  /** ISSUED, ACTIVE, EXPIRED or REVOKED, as Qwilt last returned it. */
  readonly status: string;
  /** Organization that the certificate belongs to. */
  readonly tenant: string;
  /** True if the certificate was already in the pool and nothing shows that this resource uploaded it; this stack then never deletes it. */
  readonly adopted: boolean;
}

export const FACTS = [
  "fingerprint",
  "commonName",
  "dnsNames",
  "ipAddresses",
  "issuer",
  "serialNumber",
  "notBefore",
  "notAfter",
  "keyType",
  "publicKeyHash",
] as const satisfies readonly (keyof CertificateFacts)[];
