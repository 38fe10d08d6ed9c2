import type { EmulatorContext } from "../context.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import { readTarget, type Target } from "../domain/publishing-operation.ts";
import {
  changeSite,
  delegationTarget,
  newSite,
  readRoutingMethod,
  requireSiteName,
  type Site,
  serviceId,
} from "../domain/site.ts";
import { objectId } from "../ids.ts";
import { findSite } from "./find.ts";
import { operationOnWire } from "./publishing-operations.ts";
import { type ApiRequest, flag, objectBody, type Reply, type Route } from "./route.ts";

const collection = "/api/v2/sites";
const item = "/api/v2/sites/{siteId}";

/** Sites (docs/qwilt-api.md 4.4). */
export function siteRoutes(context: EmulatorContext): readonly Route[] {
  const { store, rules } = context;

  const refuseTakenName = (organisation: string, siteName: string, own: string | undefined) => {
    // Soft-deleted sites keep their name (docs/qwilt-api.md 4.4 rule 4).
    const other = store.sites.first({ organisation, site_name: siteName });
    if (other !== undefined && other.siteId !== own) {
      throw new ApiProblem(rules.siteName.conflictStatus, `A site named ${JSON.stringify(siteName)} exists already.`);
    }
  };

  const create = (request: ApiRequest): Reply => {
    const body = objectBody(request);
    const { organisation, username } = request.actor;
    const siteName = requireSiteName(body.siteName, rules);
    const routingMethod = readRoutingMethod(body.routingMethod);
    refuseTakenName(organisation, siteName, undefined);
    const next = (name: string) => store.meta.next(name);
    const siteId = objectId("site", next, request.now);
    const serviceNumber = 7000 + next("service");
    const site = newSite({ siteId, serviceNumber, organisation, user: username, siteName, routingMethod }, request.now);
    store.sites.put(site);
    return { status: rules.createdStatus, body: siteOnWire(context, site, undefined) };
  };

  const update = (request: ApiRequest): Reply => {
    const site = findSite(context, request);
    const siteName = requireSiteName(objectBody(request).siteName, rules);
    refuseTakenName(site.organisation, siteName, site.siteId);
    const changed = changeSite(site, { kind: "rename", siteName, user: request.actor.username }, request.now, rules);
    store.sites.put(changed);
    return { status: rules.doneStatus, body: siteOnWire(context, changed, undefined) };
  };

  const remove = (request: ApiRequest): Reply => {
    const site = findSite(context, request);
    if (rules.deletePublishedSite === "refuse" && context.publisher.isInUse(site.siteId)) {
      throw new ApiProblem(409, `Site ${site.siteId} is published. Un-publish it and wait for the end first.`);
    }
    if (flag(request, "permanent", rules)) {
      for (const { publishId } of store.operations.list({ site_id: site.siteId, is_running: 1 })) {
        store.events.cancel(publishId);
      }
      store.operations.delete({ site_id: site.siteId });
      store.configurations.delete({ site_id: site.siteId });
      store.sites.delete({ id: site.siteId });
      context.edge.update(request.now);
    } else {
      const event = { kind: "soft-delete", user: request.actor.username } as const;
      store.sites.put(changeSite(site, event, request.now, rules));
    }
    return { status: rules.doneStatus, body: {} };
  };

  return [
    {
      method: "GET",
      path: collection,
      handle: (request) => {
        const details = publishDetails(context, request);
        const sites = store.sites.list({ organisation: request.actor.organisation });
        return { status: rules.doneStatus, body: sites.map((site) => siteOnWire(context, site, details)) };
      },
    },
    { method: "POST", path: collection, handle: create },
    {
      method: "GET",
      path: item,
      handle: (request) => {
        const site = findSite(context, request);
        return { status: rules.doneStatus, body: siteOnWire(context, site, publishDetails(context, request)) };
      },
    },
    { method: "PUT", path: item, handle: update },
    { method: "DELETE", path: item, handle: remove },
  ];
}

interface PublishDetails {
  readonly target: Target;
  /** Whether a site that was never published still gets an object (docs/qwilt-api.md 4.4 rule 2). */
  readonly always: boolean;
}

/**
 * Which publish details a request asks for. `publishTarget` alone requests them too: the official client finds the live
 * revision that way (docs/qwilt-api.md 4.5).
 */
function publishDetails({ rules }: EmulatorContext, request: ApiRequest): PublishDetails | undefined {
  const wanted = request.query.get("publishTarget");
  const always = flag(request, "includePublishDetails", rules);
  if (wanted === null && !always) return undefined;
  const target = wanted === null || wanted === "" ? "ga" : wanted;
  try {
    return { target: readTarget(target), always };
  } catch {
    throw new ApiProblem(400, 'publishTarget must be "ga" or "staging".');
  }
}

function siteOnWire(context: EmulatorContext, site: Site, details: PublishDetails | undefined): object {
  return {
    siteId: site.siteId,
    ownerOrgId: site.organisation,
    creationTimeMilli: site.createdAtMs,
    lastUpdateTimeMilli: site.updatedAtMs,
    createdUser: site.createdUser,
    lastUpdatedUser: site.updatedUser,
    siteDnsCnameDelegationTarget: delegationTarget(site),
    siteName: site.siteName,
    apiVersion: context.rules.internals.apiVersion,
    activeAndLastPublishingOperation: details === undefined ? null : activeAndLast(context, site, details),
    serviceType: "MEDIA_DELIVERY",
    routingMethod: site.routingMethod,
    shouldProvisionToThirdPartyCdn: false,
    serviceId: serviceId(site),
    isSelfServiceBlocked: false,
    isDeleted: site.isDeleted,
  };
}

function activeAndLast(
  { store, rules }: EmulatorContext,
  site: Site,
  { target, always }: PublishDetails,
): object | null {
  const operations = store.operations.list({ site_id: site.siteId }).filter((operation) => operation.target === target);
  const last = operations.at(-1);
  if (last === undefined && !always) return null;
  const active = operations.find((operation) => operation.isActive);
  const onWire = (operation: typeof last) => (operation === undefined ? null : operationOnWire(operation, rules));
  return { last: onWire(last), active: onWire(active) };
}
