/** What a rule sees of one resource; a preview gives it, and so does a Pulumi policy pack. */

export interface PlannedResource {
  /** "create", "update", "replace", "delete" or "same". undefined: not told; a policy pack sees what a resource will be only. */
  readonly op: string | undefined;
  readonly urn: string;
  /** "Certificate", "SiteCertificateLink" and so on. */
  readonly kind: string;
  readonly name: string;
  /** The state; undefined when there is none, or when it is not told. */
  readonly before: Readonly<Record<string, unknown>> | undefined;
  /** The inputs; one that is not known before the run is UNKNOWN. undefined: the resource goes away. */
  readonly wanted: Readonly<Record<string, unknown>> | undefined;
}

/** What a rule sees beside the resource. */
export interface Surroundings {
  /** Epoch milliseconds. */
  readonly now: number;
  /** URNs that resources of other packages take a value from; undefined: not told. */
  readonly usedByOthers: ReadonlySet<string> | undefined;
}

/** `urn:pulumi:STACK::PROJECT::TYPES::NAME` */
export function stackOf(urn: string): string {
  return urn.split("::")[0]?.replace(/^urn:pulumi:/, "") ?? "";
}
