/** One resource as a rule sees it, from a preview or from a Pulumi policy pack. */

export interface PlannedResource {
  /** "create", "update", "replace", "delete" or "same". undefined: unknown; a policy pack sees only the new inputs. */
  readonly op: string | undefined;
  readonly urn: string;
  /** "Certificate", "SiteCertificateLink" and so on. */
  readonly kind: string;
  readonly name: string;
  /** The state; undefined when there is none, or when it is unknown. */
  readonly before: Readonly<Record<string, unknown>> | undefined;
  /** The inputs; one that is not known before the run is UNKNOWN. undefined: the resource is deleted. */
  readonly wanted: Readonly<Record<string, unknown>> | undefined;
}

/** What a rule sees besides the resource. */
export interface Surroundings {
  /** Epoch milliseconds. */
  readonly now: number;
  /** URNs of the resources whose outputs other packages use; undefined: unknown. */
  readonly usedByOthers: ReadonlySet<string> | undefined;
}

/** `urn:pulumi:STACK::PROJECT::TYPES::NAME` */
export function stackOf(urn: string): string {
  return urn.split("::")[0]?.replace(/^urn:pulumi:/, "") ?? "";
}
