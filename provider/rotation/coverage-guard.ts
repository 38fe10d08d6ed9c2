/**
 * No rotation leaves a secured host uncovered: checked at preview on what is declared, and again on what is observed.
 */
import { type CoverageGap, coverageLost, describeGap } from "../core/errors/coverage-errors.ts";
import { type CertificateNames, planCoverage } from "../x509/coverage.ts";

export interface CoverageQuestion {
  readonly wanted: CertificateNames;
  readonly outgoing: CertificateNames | undefined;
  readonly hosts: readonly string[];
}

/** undefined if all is well. */
export function coverageGap(question: CoverageQuestion): CoverageGap | undefined {
  const { uncovered, lost } = planCoverage(question);
  return uncovered.length === 0 ? undefined : { dnsNames: question.wanted.dnsNames, uncovered, lost };
}

/** One line about hosts that are not covered; undefined if all is well. */
export function describeUncovered(question: CoverageQuestion): string | undefined {
  const gap = coverageGap(question);
  return gap && describeGap(gap);
}

/**
 * @param declared hosts that the program wants to be secured; undefined: not declared
 * @throws QWILT_COVERAGE_LOST before anything is changed
 */
export function refuseUncovered(
  siteId: string,
  question: CoverageQuestion,
  declared: readonly string[] | undefined,
): void {
  const gap = coverageGap(question);
  if (gap === undefined) return;
  const removedFromProgram = declared !== undefined && gap.uncovered.every((host) => !declared.includes(host));
  throw coverageLost({ siteId, ...gap, duringUpdate: true, removedFromProgram });
}
