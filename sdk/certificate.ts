import { all, type CustomResourceOptions, type Input, type Output, output, runtime, secret } from "@pulumi/pulumi";
import { createSealer } from "../provider/engine/sealed-private-keys.ts";
import type { CertificateState } from "../provider/resources/certificate/args.ts";
import { declared, hiddenInputs, type Outputs, resourceWith, typeToken } from "./dynamic-resource.ts";
import type { CertificateArgs } from "./inputs.ts";

/** One per run: an Automation API program runs several times in one process, each run with its own provider process. */
const sealers = new WeakMap<object, (text: string) => string>();

const OUTPUTS = [
  "csrId",
  "description",
  "expiryNotify",
  "email",
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
  "domain",
  "status",
  "tenant",
  "adopted",
] as const satisfies readonly (keyof CertificateState)[];

/**
 * A certificate in the organization's pool at Qwilt. Preview shows its subject, names and validity. A new certificate or key
 * replaces the resource: the new certificate is uploaded, links move to it, and the old one is deleted. The private key is
 * sent to Qwilt once and never stored.
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import * as pulumi from "@pulumi/pulumi";
 * import * as qwilt from "pulumi-qwilt";
 *
 * const pem = (file: string) => readFileSync(`certificate/${file}.pem`, "utf8");
 * const certificate = new qwilt.Certificate("www", {
 *   certificate: pem("leaf"),
 *   certificateChain: pem("chain"),
 *   privateKey: pulumi.secret(pem("key")),
 * });
 * export const validUntil = certificate.notAfter;
 * export const certificateId: pulumi.Output<number> = certificate.certificateId;
 * ```
 */
export class Certificate extends resourceWith<Outputs<CertificateState, (typeof OUTPUTS)[number]>>() {
  // Not in the state: the program has both texts, and `id` is the certificate's id as text.
  declare readonly certificate: Output<string>;
  declare readonly certificateChain: Output<string>;
  /** Qwilt's id of the certificate; a SiteCertificateLink takes it. */
  declare readonly certificateId: Output<number>;

  constructor(name: string, args: CertificateArgs, opts?: CustomResourceOptions) {
    const { privateKey } = args;
    const key = privateKey === undefined ? undefined : secret(output(privateKey).apply((pem) => pem && sealed(pem)));
    super(
      typeToken("Certificate"),
      name,
      {
        ...declared(OUTPUTS),
        ...args,
        certificate: guarded(args.certificate),
        certificateChain: guarded(args.certificateChain),
        privateKey: key,
        ...hiddenInputs("Certificate", name, opts),
      },
      opts,
    );
    this.certificateId = output(this.id).apply(Number);
    this.certificate = uploaded(this, args.certificate);
    this.certificateChain = uploaded(this, args.certificateChain);
  }
}

/** The program's own text, which is stored in the inputs only; whatever reads it still depends on the certificate. */
function uploaded(certificate: Certificate, text: Input<string>): Output<string> {
  return all([text, certificate.urn]).apply(([known]) => known);
}

/**
 * A key in the wrong field is a lint finding; until it is reported, the text is kept out of logs and error messages.
 */
function guarded(text: Input<string>): Output<string> {
  return output(text).apply((known) => (/PRIVATE KEY/.test(known) ? secret(sealed(known)) : output(known)));
}

/** With `setMocks`, tests of a program see the text that the program passed. */
function sealed(text: string): string {
  const monitor = runtime.getMonitor();
  if (monitor === undefined || monitor.constructor.name === "MockMonitor") return text;
  const seal = sealers.get(monitor) ?? createSealer();
  sealers.set(monitor, seal);
  return seal(text);
}
