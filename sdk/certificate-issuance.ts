import { CustomResource, type CustomResourceOptions, type Output } from "@pulumi/pulumi";
import { hiddenInputs, typeToken } from "./dynamic-resource.ts";
import type { CertificateIssuanceArgs } from "./inputs.ts";

/**
 * Waits until a template's certificate may be linked, usually 30 to 60 minutes after the delegation record exists. Make
 * it depend on the DNS records. A failure state ends the wait at once, with its remedy; an interrupted wait goes on.
 */
export class CertificateIssuance extends CustomResource {
  declare readonly certificateTemplateId: Output<number>;
  /** null while not issued (`wait: "next-run"`). */
  declare readonly certificateId: Output<number | null>;
  /** Signing request that was waited for. */
  declare readonly csrId: Output<number | null>;
  /** Its state, as Qwilt names it. */
  declare readonly signingState: Output<string>;
  /** SHA-256 of the certificate, lower-case hex; "" while not issued. */
  declare readonly fingerprint: Output<string>;
  /** DNS names of the certificate, sorted. */
  declare readonly dnsNames: Output<string[]>;
  /** IP names of the certificate, sorted. */
  declare readonly ipAddresses: Output<string[]>;
  /** End of the certificate's validity, ISO 8601 UTC; "" while not issued. */
  declare readonly notAfter: Output<string>;

  constructor(name: string, args: CertificateIssuanceArgs, opts?: CustomResourceOptions) {
    const outputs = {
      certificateId: undefined,
      csrId: undefined,
      signingState: undefined,
      fingerprint: undefined,
      dnsNames: undefined,
      ipAddresses: undefined,
      notAfter: undefined,
      waitingSince: undefined,
    };
    const props = { ...outputs, ...args, ...hiddenInputs("CertificateIssuance", name, opts) };
    super(typeToken("CertificateIssuance"), name, props, opts);
  }
}
