import { CustomResource, type CustomResourceOptions, type Output } from "@pulumi/pulumi";
import { type DelegationRecord, namesWithRecord, recordOfName } from "../provider/issuance/delegation/records.ts";
import { hiddenInputs, typeToken } from "./dynamic-resource.ts";
import type { CertificateTemplateArgs } from "./inputs.ts";

/**
 * Names that Qwilt makes a key and a signing request for; the key never leaves Qwilt. Managed (the default): create the
 * delegation records, and Qwilt issues and renews by itself. Self-managed: have any CA sign `csrPem`.
 */
export class CertificateTemplate extends CustomResource {
  declare readonly commonName: Output<string>;
  declare readonly subjectAlternativeNames: Output<string[] | undefined>;
  declare readonly autoManaged: Output<boolean | undefined>;
  /** Qwilt's id of the template; an issuance and a link take it. */
  declare readonly templateId: Output<number>;
  /** Newest signing request. */
  declare readonly csrId: Output<number>;
  /** All signing requests of the template, the newest last. */
  declare readonly csrIds: Output<number[]>;
  /** PKCS#10 PEM of the newest signing request. */
  declare readonly csrPem: Output<string>;
  /** CNAME records to create and to keep for ever: sorted, one per name, the same in every signing state. */
  declare readonly delegationRecords: Output<DelegationRecord[]>;
  /** State of the newest signing request, as Qwilt names it. */
  declare readonly signingState: Output<string>;
  /** Newest certificate made from the template; null until there is one. */
  declare readonly lastCertificateId: Output<number | null>;
  /** True when it was found instead of made; then it is never deleted by this stack. */
  declare readonly adopted: Output<boolean>;

  constructor(name: string, args: CertificateTemplateArgs, opts?: CustomResourceOptions) {
    const outputs = {
      templateId: undefined,
      csrId: undefined,
      csrIds: undefined,
      csrPem: undefined,
      delegationRecords: undefined,
      signingState: undefined,
      lastCertificateId: undefined,
      adopted: undefined,
    };
    const props = { ...outputs, ...args, ...hiddenInputs("CertificateTemplate", name, opts) };
    super(typeToken("CertificateTemplate"), name, props, opts);
  }

  /**
   * The record to create for one of the template's names, for programs that declare a DNS resource a name: their number
   * is then known at preview. A wildcard shares the record of its base name.
   */
  delegationRecord(name: string): Output<DelegationRecord> {
    return this.delegationRecords.apply((records) => {
      const found = recordOfName(records, name);
      if (found === undefined)
        throw new Error(
          `the template has no delegation record for ${name}; it has ${records.map((one) => one.fromDomain).join(", ")}`,
        );
      return found;
    });
  }
}

/**
 * Of a template's names those that need a DNS resource, one a record: a wildcard shares the record of its base name, and a
 * second resource would take the record away when only the wildcard goes.
 */
export function delegationNames(names: readonly string[]): string[] {
  return namesWithRecord(names);
}
