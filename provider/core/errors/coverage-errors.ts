/** Hosts that a site's certificate does not cover: the text of errors, findings and warnings. */
import { defineError } from "./qwilt-error.ts";

export interface CoverageGap {
  /** Names in the certificate. */
  readonly dnsNames: readonly string[];
  readonly uncovered: readonly string[];
  /** Those of them that the currently linked certificate covers. */
  readonly lost: readonly string[];
}

export interface CoverageLostDetails extends CoverageGap {
  readonly siteId: string;
  /** Found when the rotation was about to begin, not at preview. */
  readonly duringUpdate: boolean;
  /** The program no longer has these hosts, but the published configuration still does. */
  readonly removedFromProgram: boolean;
}

export const coverageLost = defineError("QWILT_COVERAGE_LOST", (details: CoverageLostDetails) => ({
  what: `${describeGap(details)}${details.duringUpdate ? " Nothing was changed." : ""}`,
  where: `site ${details.siteId}, its published configuration`,
  todo: details.removedFromProgram ? COVERAGE_STEPS : COVERAGE_FIX,
}));

export function describeGap({ dnsNames, uncovered, lost }: CoverageGap): string {
  const served =
    lost.length === 0
      ? ""
      : ` The current certificate covers ${lost.join(", ")}: with this one, clients get a certificate error there.`;
  return `The certificate (${dnsNames.join(", ") || "no DNS names"}) does not cover ${uncovered.join(", ")}.${served}`;
}

export const COVERAGE_FIX =
  'Order a certificate with these names, or remove the hosts from the configuration first; coverage: "warn" allows it.';

/** For hosts that the program has removed: the configuration without them is published after the link. */
export const COVERAGE_STEPS =
  "Publish the configuration without these hosts first, then rotate: `pulumi up --target '**:SiteConfiguration::**' --target '**:SitePublication::**'`, then `pulumi up`.";
