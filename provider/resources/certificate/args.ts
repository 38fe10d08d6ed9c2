/** Arguments, inputs and state of a Certificate. */
import { z } from "zod";
import { KeyReference } from "../../run/key-source.ts";
import type { CertificateFacts } from "../../x509/facts.ts";

/** Lint findings that are known and accepted. */
const Lint = z.strictObject({
  /** Codes of findings, as docs/lint.md has them. */
  allow: z.array(z.string()),
});

export const CertificateArgs = z.strictObject({
  /** The leaf certificate as PEM text, exactly one. Changing it replaces: the new one is uploaded, links move to it, the old one is deleted. */
  certificate: z.string().min(1),
  /** Its intermediates as PEM text: the issuer of the leaf first, an intermediate below a public root last. Changing it replaces. */
  certificateChain: z.string(),
  /** Private key as PEM text without passphrase. Never stored in the state. Changing the key replaces. */
  privateKey: z.string().min(1).optional(),
  /**
   * Source of the private key instead: { env }, { file } or { command }. The state stores the reference, not the key;
   * another reference to the same key changes nothing.
   */
  privateKeyFrom: KeyReference.optional(),
  /** Instead of a key: the signing request at Qwilt that has it. Changing it replaces. */
  csrId: z
    .union([
      z.int().positive(),
      z.string().regex(/^\d+$/, "must be the id of a signing request, a number").transform(Number),
    ])
    .optional(),
  /** PKCS#10 of that request (`template.csrPem`): with a certificate of an earlier request the resource then waits instead of failing. */
  csrPem: z.string().optional(),
  /**
   * Description in Qwilt's console. Changes in place, without a publish. Default: a text that names project, stack and
   * resource. By this text the next run recognizes a certificate that an interrupted run of this resource uploaded. With a
   * text of your own such a certificate is adopted, and stays in the pool when the stack is destroyed.
   */
  description: z.string().optional(),
  /** Qwilt sends e-mail notifications before expiry. Changes in place. */
  expiryNotify: z.boolean().optional(),
  /** E-mail address for notifications. Changes in place. */
  email: z.string().optional(),
  /** Codes of lint findings to suppress for this certificate. */
  lint: Lint.optional(),
});
export type CertificateArgs = z.infer<typeof CertificateArgs>;

/** What `check` returns for the arguments: the hash of the key instead of the key, and the facts. */
export interface CertificateInputs extends Omit<CertificateArgs, "privateKey">, CertificateFacts {}

/** The PEM texts are inputs only; the fingerprint and the digest of the chain identify them. */
export interface CertificateState extends Omit<CertificateInputs, "certificate" | "certificateChain"> {
  readonly certificate?: string;
  readonly certificateChain?: string;
  /** Qwilt's id of the certificate; a SiteCertificateLink takes it. */
  readonly certificateId: number;
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
