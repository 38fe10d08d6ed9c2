/** Sites (docs/qwilt-api.md 4.4). */
import type { Clock } from "../../core/clock.ts";
import type { PublishTarget } from "../../wire/publishing-operation.ts";
import { Site, type SiteBody, SiteList } from "../../wire/site.ts";
import { findConfirmed, removeConfirmed } from "../http/confirm-not-found.ts";
import { changing, createSharedRead, type SharedRead } from "../http/read-cache.ts";
import { path, type Requester } from "../http/request.ts";

export interface ReadSiteOptions {
  /** Target whose operations fill `activeAndLastPublishingOperation`. Qwilt's default is ga. */
  readonly publishTarget?: PublishTarget;
}

export interface SitesApi {
  /** Includes soft-deleted sites, flagged `isDeleted` (rule 6). */
  list(options?: ReadSiteOptions): Promise<readonly Site[]>;
  /**
   * Like `list`, but the result is shared by all callers for some seconds: for refreshes, not for decisions about live
   * traffic.
   */
  listShared(options?: ReadSiteOptions): Promise<readonly Site[]>;
  /** undefined: there is no such site. A soft-deleted site is returned, with `isDeleted`. */
  get(siteId: string, options?: ReadSiteOptions): Promise<Site | undefined>;
  /** Whether the site exists and is not soft-deleted. */
  exists(siteId: string): Promise<boolean>;
  create(body: SiteBody): Promise<Site>;
  /** QWILT_NOT_FOUND if there is no such site. */
  update(siteId: string, body: SiteBody): Promise<Site>;
  /** Permanent, which frees the name (rule 5). false: the site did not exist. */
  delete(siteId: string): Promise<boolean>;
}

export function createSharedSites(clock: Clock): SharedRead<readonly Site[]> {
  return createSharedRead<readonly Site[]>(clock);
}

/** @param shared publishing invalidates it too: the list shows which revision is active */
export function createSitesApi(requester: Requester, shared: SharedRead<readonly Site[]>): SitesApi {
  const service = "media-sites";
  const collection = "/api/v2/sites";

  const list = (options?: ReadSiteOptions) =>
    requester.json({ service, method: "GET", path: collection, query: details(options?.publishTarget) }, SiteList);

  const get = (siteId: string, options?: ReadSiteOptions) =>
    findConfirmed(() =>
      requester.json(
        {
          service,
          method: "GET",
          path: path`/api/v2/sites/${siteId}`,
          query: details(options?.publishTarget ?? "ga"),
        },
        Site,
      ),
    );
  const exists = async (siteId: string) => (await get(siteId))?.isDeleted === false;

  return {
    list,
    listShared: (options) => shared.get(options?.publishTarget ?? "ga", () => list(options)),
    get,
    exists,
    create: (body) =>
      changing(shared, () => requester.json({ service, method: "POST", path: collection, body, makes: true }, Site)),
    update: (siteId, body) =>
      changing(shared, () =>
        requester.json({ service, method: "PUT", path: path`/api/v2/sites/${siteId}`, body }, Site),
      ),
    delete: (siteId) =>
      changing(shared, () =>
        removeConfirmed(
          () =>
            requester.done({
              service,
              method: "DELETE",
              path: path`/api/v2/sites/${siteId}`,
              query: { permanent: "true" },
            }),
          () => exists(siteId),
        ),
      ),
  };
}

function details(publishTarget: PublishTarget | undefined): Record<string, string | undefined> {
  return { includePublishDetails: "true", publishTarget };
}
