import type { Assumptions } from "../assumptions.ts";
import { isRunning } from "../domain/publishing-operation.ts";
import type { SigningRequest, SiteSwitch } from "../domain/signing-request.ts";
import type { Publisher } from "../publishing/publisher.ts";
import type { Store } from "../store/store.ts";

interface Parts {
  readonly store: Store;
  readonly rules: Assumptions;
  readonly publisher: Publisher;
}

/** Staging first: a rejection there comes before anything changes for traffic. */
const order = ["staging", "ga"] as const;

/** Every site that is linked to an earlier certificate of the request's template (docs/qwilt-api.md 6.2, "Renewal"). */
export function plannedSwitches(
  { store, publisher }: Parts,
  request: SigningRequest,
  newCertificateId: number,
): readonly SiteSwitch[] {
  const certificateIds = certificatesOfTemplate(store, request.templateId).filter((id) => id !== newCertificateId);
  return certificateIds
    .flatMap((certificateId) => store.sites.list({ certificate_id: certificateId }))
    .filter((site) => !site.isDeleted)
    .flatMap(({ siteId }): readonly SiteSwitch[] => {
      const live = order.filter((target) => publisher.willBeLive(siteId, target));
      return live.length === 0 ? [{ siteId, target: null }] : live.map((target) => ({ siteId, target }));
    });
}

/** Carries out what is possible now. A switch that waits for another operation of its site is left for later. */
export function carryOutSwitches(
  parts: Parts,
  request: SigningRequest,
  certificateId: number,
  now: number,
): Pick<SigningRequest, "switches" | "publishIds"> {
  const left: SiteSwitch[] = [];
  const publishIds = [...request.publishIds];
  for (const planned of request.switches ?? []) {
    const done = carryOut(parts, request, planned, { certificateId, now });
    if (done === "busy") left.push(planned);
    else if (done !== "nothing") publishIds.push(done);
  }
  return { switches: left, publishIds };
}

/** How the system's publications ended; "running" as long as one has not ended. */
export function outcomeOf({ store }: Parts, publishIds: readonly string[]): "running" | "good" | "bad" {
  const operations = publishIds.flatMap((publishId) => store.operations.get(publishId) ?? []);
  if (operations.some(isRunning)) return "running";
  return operations.every(({ phase }) => phase === "succeeded") ? "good" : "bad";
}

/** @returns the id of the publication that was started, if any */
function carryOut(
  { store, rules, publisher }: Parts,
  request: SigningRequest,
  { siteId, target }: SiteSwitch,
  { certificateId, now }: { certificateId: number; now: number },
): string | "busy" | "nothing" {
  const site = store.sites.get(siteId);
  const linked = site?.linkedCertificateId ?? null;
  // Somebody has linked another certificate meanwhile, or none: that is not overwritten.
  if (site === undefined || site.isDeleted || linked === null) return "nothing";
  if (linked !== certificateId && !certificatesOfTemplate(store, request.templateId).includes(linked)) return "nothing";
  if (target !== null && !publisher.mayStart(siteId, target)) return "busy";
  const switched = { ...site, linkedCertificateId: certificateId };
  // The link and the publish request are one transaction: nothing can come between.
  store.sites.put(switched);
  if (target === null || !publisher.willBeLive(siteId, target)) return "nothing";
  const wanted = { site: switched, target, username: rules.systemUser, outcome: "success" } as const;
  return publisher.republish(wanted, now).publishId;
}

function certificatesOfTemplate(store: Store, templateId: number): readonly number[] {
  return store.signingRequests
    .list({ template_id: templateId })
    .flatMap(({ csrId }) => store.certificates.list({ csr_id: csrId }).map(({ certificateId }) => certificateId));
}
