/** A link's plan and outcome as text for its row. Pure. */
import { describeRevision, describeSteps, type LinkStep } from "../../rotation/plan.ts";
import { type MaybeUnknown, UNKNOWN } from "../../run/lifecycle.ts";
import { TARGETS } from "../../site/target.ts";
import {
  activation,
  recall,
  revisionsToPublish,
  type SiteCertificateLinkArgs,
  type SiteCertificateLinkState,
} from "./args.ts";

export function describePlannedCreate(inputs: MaybeUnknown<SiteCertificateLinkArgs>): string {
  // Its issuance did not wait for the certificate, so the link checks again.
  if (inputs.certificate === "issuance" && (inputs.certificateId ?? null) === null)
    return "link the certificate if it is issued by now; otherwise a later run links it";
  const wanted = typeof inputs.certificateId === "number" ? String(inputs.certificateId) : "the new certificate";
  if (inputs.activate === UNKNOWN) return `link ${wanted}; ${ACTIVATION_UNKNOWN}`;
  return activation(inputs) === "now"
    ? `link ${wanted} -> ${plannedPublish(inputs)} where live`
    : `link ${wanted}; the next publish activates it`;
}

/** What is published, as long as it is not known where the site is live. */
function plannedPublish(inputs: MaybeUnknown<SiteCertificateLinkArgs>): string {
  const revisions = revisionsToPublish(inputs);
  const given = TARGETS.filter((target) => revisions?.[target] !== undefined);
  const named = given.map((target) => describeRevision(revisions?.[target] ?? null));
  if (given.length === 0) return "republish";
  if (given.length === TARGETS.length && new Set(named).size === 1) return `publish ${named[0]}`;
  return `publish ${given.map((target, index) => `${named[index]} on ${target}`).join(", ")}`;
}

const ACTIVATION_UNKNOWN = "whether it is republished now is not known yet";

/**
 * A site that was not in production when last observed may be by now: nothing is promised that an observation could
 * refute.
 */
export function describePlannedChange(
  steps: readonly LinkStep[],
  state: SiteCertificateLinkState,
  inputs: MaybeUnknown<SiteCertificateLinkArgs>,
): string {
  if (inputs.activate === UNKNOWN) {
    const links = steps.filter(({ kind }) => kind !== "republish" && kind !== "publish");
    return [...(links.length === 0 ? [] : [describeSteps(links)]), ACTIVATION_UNKNOWN].join("; ");
  }
  const plan = describeSteps(steps);
  if (activation(inputs) === "next-publish") return `${plan}; the next publish activates it`;
  const seen = Object.keys(recall(state).targets).length > 0;
  if (seen) return plan;
  const revision = revisionsToPublish(inputs)?.ga;
  const publish = revision === undefined ? "republish ga" : `publish ${describeRevision(revision)} on ga`;
  return `${plan} -> ${publish} (if live by now)`;
}

export function describeOutcome(
  reached: SiteCertificateLinkState,
  state: SiteCertificateLinkState | undefined,
): string {
  const linked = reached.linkedCertificateId;
  // The certificate of an issuance does not exist yet: nothing was changed.
  if (linked === null) return `nothing is linked yet: the certificate ${NOT_ISSUED}`;
  if (linked !== reached.certificateId) return `certificate ${linked} stays linked: the new one ${NOT_ISSUED}`;
  const before = state?.linkedCertificateId ?? undefined;
  const was = before === undefined || before === linked ? "" : `, was ${before}`;
  const gap = reached.unlinkedForMs === undefined ? "" : `; nothing linked for ${reached.unlinkedForMs} ms`;
  const targets = Object.keys(reached.targets);
  const seen = reached.proof?.seen === "handshake" ? ", seen by handshake" : "";
  const active = targets.length === 0 ? "; the first publish activates it" : `; active on ${targets.join(", ")}${seen}`;
  return `linked ${linked}${was}${gap}${active}`;
}

const NOT_ISSUED = "is not issued; a later run links it";
