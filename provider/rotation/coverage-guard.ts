/** No rotation leaves a secured host without cover: judged at preview on what is declared, and again on what is observed. */
import { QwiltError } from "../core/errors.ts";
import { type CertificateNames, planCoverage } from "../x509/coverage.ts";

export interface CoverageQuestion {
  readonly wanted: CertificateNames;
  readonly outgoing: CertificateNames | undefined;
  readonly hosts: readonly string[];
}

/** One line on what is not covered; undefined when all is well. */
export function describeUncovered(question: CoverageQuestion): string | undefined {
  const { uncovered, lost } = planCoverage(question);
  if (uncovered.length === 0) return undefined;
  const names = question.wanted.dnsNames.join(", ") || "no DNS names";
  const served =
    lost.length === 0 ? "" : ` Covered today by the outgoing certificate, and lost with it: ${lost.join(", ")}.`;
  return `The certificate (${names}) does not cover ${uncovered.join(", ")}.${served}`;
}

export const COVERAGE_FIX =
  'Order a certificate with these names, or take the hosts out of the configuration first; coverage: "warn" lets it pass.';

/** The program has taken the host out; the configuration that is published has it still, and is published after the link. */
export const COVERAGE_STEPS =
  "Publish the configuration without it first, and rotate then: `pulumi up --target '**:SiteConfiguration::**' --target '**:SitePublication::**'`, then `pulumi up`.";

/**
 * @param declared hosts that the program wants to be secured; undefined: it does not tell
 * @throws QWILT_COVERAGE_LOST before anything is touched
 */
export function refuseUncovered(
  siteId: string,
  question: CoverageQuestion,
  declared: readonly string[] | undefined,
): void {
  const uncovered = describeUncovered(question);
  if (uncovered === undefined) return;
  const goes = declared !== undefined && planCoverage(question).uncovered.every((host) => !declared.includes(host));
  throw new QwiltError({
    code: "QWILT_COVERAGE_LOST",
    what: `${uncovered} Nothing was changed.`,
    where: `site ${siteId}, its published configuration`,
    todo: goes ? COVERAGE_STEPS : COVERAGE_FIX,
  });
}
