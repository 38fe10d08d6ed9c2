/** What a report says, before it is put into words. */
import type { Finding } from "../policies/evaluate.ts";
import type { Said } from "./planned.ts";

/** In ascending order. */
export const RISKS = ["none", "brief", "review", "stop"] as const;
export type Risk = (typeof RISKS)[number];

export interface Reason {
  readonly risk: Risk;
  readonly text: string;
}

/** What is known of a certificate; a field is missing while it is not known. */
export interface CertificateSummary {
  readonly id?: number;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly issuer?: string;
  readonly keyType?: string;
  readonly fingerprint?: string;
}

export interface Publish {
  readonly target: string;
  readonly what: "republish" | "publish" | "unpublish";
  /** Not known from the state whether the site is live there: the run checks. */
  readonly ifLive?: true;
}

export interface SiteReport {
  /** The site's name, its id, or the name of the resource. */
  readonly site: string;
  readonly risk: Risk;
  readonly reasons: readonly string[];
  readonly now: CertificateSummary | undefined;
  readonly next: CertificateSummary | "none" | undefined;
  /** Secured hosts; undefined: read from the configuration in the run. */
  readonly hosts: readonly string[] | undefined;
  /** What the link does about hosts that the certificate does not cover. */
  readonly coverage: "require" | "warn" | "off";
  /** A failed rotation leaves the next certificate linked. */
  readonly withoutRollBack: boolean;
  /** Secured hosts that the next certificate is known not to cover. */
  readonly uncovered: readonly string[];
  /** Secured hosts that are removed from the configuration. */
  readonly removedHosts: readonly string[];
  readonly outcome: Outcome;
  readonly sequence: readonly SequenceStep[];
  readonly publishes: readonly Publish[];
  readonly lastUnlinkedMs: number | undefined;
  readonly messages: readonly (Said & { readonly resource: string })[];
}

export interface ExpiringCertificate {
  readonly resource: string;
  readonly ends: string;
  readonly notAfter: string;
  readonly renewedBy: string;
}

export interface Report {
  readonly risk: Risk;
  readonly reasons: readonly Reason[];
  readonly sites: readonly SiteReport[];
  readonly expiring: readonly ExpiringCertificate[];
  readonly errors: readonly string[];
  /** Resources that change without an effect on the edge, by kind and name. */
  readonly quiet: readonly string[];
  /** The preview has compared the state with what exists at Qwilt. */
  readonly isRefreshed: boolean;
  readonly others: Readonly<Record<string, number>>;
  /** Undefined when no policies were given. */
  readonly policies?: readonly Finding[] | undefined;
}

export type Outcome =
  /** `pulumi up` fails, and the edge stays as it is. */
  | "stopped"
  /** The site is deleted, or unpublished from production. */
  | "off"
  /** Another site takes its place, which clients reach under another name. */
  | "replaced"
  /** The certificate is unlinked without a successor. */
  | "no-https"
  /** A certificate is linked and goes live the next time anyone publishes the site. */
  | "later"
  | "first-certificate"
  | "rotation"
  | "goes-live"
  | "staging"
  | "configuration"
  | "nothing";

export interface SequenceStep {
  /** "Certificate www" */
  readonly resource: string;
  readonly text: string;
}
