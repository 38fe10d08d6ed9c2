/**
 * Describes a certificate that is no longer linked to its site: what the edge serves, and what the next run does. Pure.
 */

import type { RememberedTarget, RememberedTargets } from "../../site/last-observed.ts";
import { TARGETS } from "../../site/target.ts";
import { ownCertificate, type SiteCertificateLinkState } from "./args.ts";

/**
 * Who unlinked it is not known: a run that was killed between unlink and link leaves the same situation.
 *
 * @param targets what is in production now, with nothing linked
 * @param plan steps of the next run; undefined: they depend on the program at that time
 * @returns undefined if nothing was linked before
 */
export function describeUnlinked(
  state: SiteCertificateLinkState,
  targets: RememberedTargets,
  plan: string | undefined,
): string | undefined {
  const was = state.linkedCertificateId ?? ownCertificate(state);
  if (was === null) return undefined;
  const edge = TARGETS.flatMap((target) => {
    const now = targets[target];
    return now === undefined ? [] : [`${target} ${describeServed(now)}`];
  });
  return [
    `certificate ${was} was unlinked from site ${state.siteId}, by someone else or by a run that did not finish`,
    ...(edge.length === 0 ? [] : [edge.join(", ")]),
    `\`pulumi up\` with this link in the program: ${plan ?? "link its certificate again"}`,
  ].join("; ");
}

function describeServed({ certificateId }: RememberedTarget): string {
  if (certificateId === null) return "serves no certificate";
  // The API does not show what a publish activated, and it may have come before the unlink.
  if (certificateId === "unknown") return "has been published since, so it may already serve none";
  return `serves ${certificateId} until the next publish`;
}
