/**
 * Publishing operations of a site (docs/qwilt-api.md 4.7). Qwilt responds at once and does the work in the background.
 */
import { PublishingOperation, PublishingOperationList, type PublishTarget } from "../../wire/publishing-operation.ts";
import { orFalse, orUndefined } from "../http/api-error.ts";
import { contentsOf } from "../http/confirm-not-found.ts";
import { changing } from "../http/read-cache.ts";
import { path, type Requester } from "../http/request.ts";
import type { SitesApi } from "./sites.ts";

export interface PublishingApi {
  /** undefined: there is no such site. */
  list(siteId: string): Promise<readonly PublishingOperation[] | undefined>;
  /** undefined: neither the operation's own path nor the list has it. */
  get(siteId: string, publishId: string): Promise<PublishingOperation | undefined>;
  publish(
    siteId: string,
    what: { readonly revisionId: string; readonly target: PublishTarget },
  ): Promise<PublishingOperation>;
  /** Publishes the active revision again, which activates the linked certificate. */
  republish(siteId: string, target: PublishTarget): Promise<PublishingOperation>;
  unpublish(siteId: string, target: PublishTarget): Promise<PublishingOperation>;
  /** false: there is no such operation. */
  cancel(siteId: string, publishId: string): Promise<boolean>;
}

export interface PublishingOptions {
  /** Every operation invalidates it: the list of sites shows which revision is active. */
  readonly sharedSites: { forget(): void };
  readonly sites: Pick<SitesApi, "exists">;
}

export function createPublishingApi(requester: Requester, { sharedSites, sites }: PublishingOptions): PublishingApi {
  const service = "media-sites";
  const start = (where: string, body: Readonly<Record<string, string>>) =>
    changing(sharedSites, () => requester.json({ service, method: "POST", path: where, body }, PublishingOperation));

  const list = (siteId: string) =>
    contentsOf(
      () =>
        requester.json(
          { service, method: "GET", path: path`/api/v2/sites/${siteId}/publishing-operations` },
          PublishingOperationList,
        ),
      () => sites.exists(siteId),
    );

  return {
    list,
    async get(siteId, publishId) {
      const found = await orUndefined(
        requester.json(
          { service, method: "GET", path: path`/api/v2/sites/${siteId}/publishing-operations/${publishId}` },
          PublishingOperation,
        ),
      );
      // Without this fallback, following a publish would wait in vain if only its own path returned 404.
      return found ?? (await list(siteId))?.find((operation) => operation.publishId === publishId);
    },
    publish: (siteId, { revisionId, target }) =>
      start(path`/api/v2/sites/${siteId}/publishing-operations`, { revisionId, target }),
    republish: (siteId, target) =>
      start(path`/api/v2/sites/${siteId}/publishing-operations/actions/republish`, { target }),
    unpublish: (siteId, target) =>
      start(path`/api/v2/sites/${siteId}/publishing-operations/actions/un-publish`, { target }),
    cancel: (siteId, publishId) =>
      changing(sharedSites, () =>
        orFalse(
          requester.done({
            service,
            method: "POST",
            path: path`/api/v2/sites/${siteId}/publishing-operations/${publishId}/actions/cancel`,
            // A canceled operation stays canceled.
            repeat: "idempotent",
          }),
        ),
      ),
  };
}
