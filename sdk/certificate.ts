import {
  all,
  CustomResource,
  type CustomResourceOptions,
  type Input,
  type Output,
  output,
  runtime,
  secret,
} from "@pulumi/pulumi";
import { createSealer } from "../provider/engine/sealed-secrets.ts";
import { hiddenInputs, typeToken } from "./dynamic-resource.ts";
import type { CertificateArgs } from "./inputs.ts";

/** One a run: an Automation API program runs several times in one process, each with a provider process of its own. */
const sealers = new WeakMap<object, (text: string) => string>();

/**
 * A certificate in the organisation's pool at Qwilt. Its facts are known at preview. New material replaces it: the new
 * one is uploaded, links move, the old one is deleted. The private key is sent once and kept nowhere.
 */
export class Certificate extends CustomResource {
  declare readonly certificate: Output<string>;
  declare readonly certificateChain: Output<string>;
  declare readonly csrId: Output<number | undefined>;
  declare readonly description: Output<string | undefined>;
  declare readonly expiryNotify: Output<boolean | undefined>;
  declare readonly email: Output<string | undefined>;
  /** SHA-256 of the DER, lower-case hex. */
  declare readonly fingerprint: Output<string>;
  /** Common name of the subject, "" when it has none. */
  declare readonly commonName: Output<string>;
  /** DNS names of the certificate, sorted. */
  declare readonly dnsNames: Output<string[]>;
  /** IP names of the certificate, sorted. */
  declare readonly ipAddresses: Output<string[]>;
  /** Distinguished name of the CA that signed it, most specific part first. */
  declare readonly issuer: Output<string>;
  /** Upper-case hex, as `openssl x509 -serial` prints it. */
  declare readonly serialNumber: Output<string>;
  /** Start of its validity, ISO 8601 UTC. */
  declare readonly notBefore: Output<string>;
  /** End of its validity, ISO 8601 UTC. */
  declare readonly notAfter: Output<string>;
  /** "RSA-2048", "EC-P256", ... */
  declare readonly keyType: Output<string>;
  /** SHA-256 of the public key, lower-case hex: what is remembered of the key. */
  declare readonly publicKeyHash: Output<string>;
  /** Name of the certificate as Qwilt's console shows it. */
  declare readonly domain: Output<string>;
  /** ISSUED, ACTIVE, EXPIRED or REVOKED, as Qwilt said when it was last asked. */
  declare readonly status: Output<string>;
  /** Organisation that the certificate belongs to. */
  declare readonly tenant: Output<string>;
  /** True when it was found in the pool, and nothing shows that this resource uploaded it; then this stack never deletes it. */
  declare readonly adopted: Output<boolean>;

  constructor(name: string, args: CertificateArgs, opts?: CustomResourceOptions) {
    const outputs = {
      fingerprint: undefined,
      commonName: undefined,
      dnsNames: undefined,
      ipAddresses: undefined,
      issuer: undefined,
      serialNumber: undefined,
      notBefore: undefined,
      notAfter: undefined,
      keyType: undefined,
      publicKeyHash: undefined,
      domain: undefined,
      status: undefined,
      tenant: undefined,
      adopted: undefined,
    };
    const { privateKey } = args;
    const key = privateKey === undefined ? undefined : secret(output(privateKey).apply((pem) => pem && sealed(pem)));
    super(
      typeToken("Certificate"),
      name,
      {
        ...outputs,
        ...args,
        certificate: guarded(args.certificate),
        certificateChain: guarded(args.certificateChain),
        privateKey: key,
        ...hiddenInputs("Certificate", name, opts),
      },
      opts,
    );
    this.certificate = uploaded(this, args.certificate);
    this.certificateChain = uploaded(this, args.certificateChain);
  }
}

/** The program's own text, which the state has as an input only; who reads it goes after the certificate all the same. */
function uploaded(certificate: Certificate, text: Input<string>): Output<string> {
  return all([text, certificate.urn]).apply(([known]) => known);
}

/** A key in the wrong field is a lint finding; until it is found, it is kept out of logs and error texts. */
function guarded(text: Input<string>): Output<string> {
  return output(text).apply((known) => (/PRIVATE KEY/.test(known) ? secret(sealed(known)) : output(known)));
}

/** Tests of a program see what the program gave. */
function sealed(text: string): string {
  const monitor = runtime.getMonitor();
  if (monitor === undefined || monitor.constructor.name === "MockMonitor") return text;
  const seal = sealers.get(monitor) ?? createSealer();
  sealers.set(monitor, seal);
  return seal(text);
}
