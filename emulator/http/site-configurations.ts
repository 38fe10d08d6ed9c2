import type { EmulatorContext } from "../context.ts";
import { validateHostIndex } from "../domain/host-index.ts";
import { requireLivingSite } from "../domain/site.ts";
import type { SiteConfiguration } from "../domain/site-configuration.ts";
import { objectId } from "../ids.ts";
import { findRevision, findSite } from "./find.ts";
import { type ApiRequest, flag, objectBody, optionalText, param, type Reply, type Route } from "./route.ts";

/** Version 1 of the path, unlike the rest of the API (docs/qwilt-api.md section 1). */
const collection = "/api/1/sites/{siteId}/configurations";
const item = `${collection}/{revisionId}`;

/** Site configurations: revisions that are added and never changed (docs/qwilt-api.md 4.5). */
export function configurationRoutes(context: EmulatorContext): readonly Route[] {
  const { store, rules } = context;

  const add = (request: ApiRequest): Reply => {
    const site = findSite(context, request);
    requireLivingSite(site, rules);
    const body = objectBody(request);
    const hostIndex = validateHostIndex(body.hostIndex, rules);
    const earlier = store.configurations.list({ site_id: site.siteId }).length;
    const revision: SiteConfiguration = {
      siteId: site.siteId,
      organisation: site.organisation,
      revisionId: objectId("revision", (name) => store.meta.next(name), request.now),
      revisionNumber: earlier + 1,
      createdAtMs: request.now,
      createdUser: request.actor.username,
      hostIndex,
      changeDescription: optionalText(body, "changeDescription") ?? "",
    };
    store.configurations.put(revision);
    return { status: rules.createdStatus, body: revisionOnWire(revision, "without-host-index") };
  };

  const shape = (request: ApiRequest) =>
    flag(request, "truncateHostIndex", rules) ? "without-host-index" : "with-host-index";

  return [
    {
      method: "GET",
      path: collection,
      handle: (request) => {
        const revisions = store.configurations.list({ site_id: findSite(context, request).siteId });
        return {
          status: rules.doneStatus,
          body: revisions.map((revision) => revisionOnWire(revision, shape(request))),
        };
      },
    },
    { method: "POST", path: collection, handle: add },
    {
      method: "GET",
      path: item,
      handle: (request) => {
        const revision = findRevision(context, findSite(context, request), param(request, "revisionId"));
        return { status: rules.doneStatus, body: revisionOnWire(revision, shape(request)) };
      },
    },
  ];
}

function revisionOnWire(revision: SiteConfiguration, shape: "with-host-index" | "without-host-index"): object {
  return {
    siteId: revision.siteId,
    revisionId: revision.revisionId,
    revisionNum: revision.revisionNumber,
    ownerOrgId: revision.organisation,
    creationTimeMilli: revision.createdAtMs,
    lastUpdateTimeMilli: revision.createdAtMs,
    createdUser: revision.createdUser,
    ...(shape === "with-host-index" ? { hostIndex: revision.hostIndex } : {}),
    changeDescription: revision.changeDescription,
  };
}
