import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import { type DelegationRecord, namesWithRecord, recordOfName } from "../provider/issuance/delegation/records.ts";
import type { CertificateTemplateState } from "../provider/resources/certificate-template/args.ts";
import { declared, hiddenInputs, type Outputs, resourceWith, typeToken } from "./dynamic-resource.ts";
import type { CertificateTemplateArgs } from "./inputs.ts";

const OUTPUTS = [
  "commonName",
  "subjectAlternativeNames",
  "autoManaged",
  "certificateTemplateId",
  "csrId",
  "csrIds",
  "csrPem",
  "delegationRecords",
  "signingState",
  "lastCertificateId",
  "adopted",
] as const satisfies readonly (keyof CertificateTemplateState)[];

/**
 * Host names for which Qwilt creates a key and a signing request; the key never leaves Qwilt. Managed (the default): create
 * the delegation records, and Qwilt issues and renews the certificate. Self-managed: have any CA sign `csrPem`.
 *
 * @example
 * ```ts
 * import * as qwilt from "pulumi-qwilt";
 *
 * // Managed: one CNAME record per name, kept for as long as Qwilt renews the certificate.
 * const managed = new qwilt.CertificateTemplate("www", { commonName: "www.example.com" });
 * export const records = managed.delegationRecords;
 *
 * // Self-managed: your CA signs the request.
 * const selfManaged = new qwilt.CertificateTemplate("shop", {
 *   commonName: "shop.example.com",
 *   autoManaged: false,
 *   lifetimeDays: 90,
 *   renewBefore: "1/3",
 * });
 * export const csr = selfManaged.csrPem;
 * ```
 */
export class CertificateTemplate extends resourceWith<Outputs<CertificateTemplateState, (typeof OUTPUTS)[number]>>() {
  constructor(name: string, args: CertificateTemplateArgs, opts?: CustomResourceOptions) {
    const props = { ...declared(OUTPUTS), ...args, ...hiddenInputs("CertificateTemplate", name, opts) };
    super(typeToken("CertificateTemplate"), name, props, opts);
  }

  /**
   * The record to create for one of the template's names, for programs that declare one DNS resource per name: how many there
   * are is then known at preview. A wildcard shares the record of its base name.
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
 * The names of a template that need a DNS resource, one per record. A wildcard shares the record of its base name; with a
 * resource of its own, removing the wildcard would delete the record that the base name still needs.
 *
 * @example
 * ```ts
 * import * as qwilt from "pulumi-qwilt";
 *
 * const names = qwilt.delegationNames(["www.example.com", "*.www.example.com"]); // ["www.example.com"]
 * ```
 */
export function delegationNames(names: readonly string[]): string[] {
  return namesWithRecord(names);
}
