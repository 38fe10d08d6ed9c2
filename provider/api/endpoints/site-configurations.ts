/** Revisions of a site's configuration (docs/qwilt-api.md 4.5). They are immutable and cannot be deleted. */
import { SiteConfiguration, type SiteConfigurationBody, SiteConfigurationList } from "../../wire/site-configuration.ts";
import { contentsOf, findConfirmed } from "../http/confirm-not-found.ts";
import { path, type Requester } from "../http/request.ts";
import type { SitesApi } from "./sites.ts";

export interface ReadConfigurationOptions {
  /** Omit the configuration itself from the response. Default false. */
  readonly truncateHostIndex?: boolean;
}

export interface SiteConfigurationsApi {
  /** undefined: there is no such site. */
  list(siteId: string, options?: ReadConfigurationOptions): Promise<readonly SiteConfiguration[] | undefined>;
  /** undefined: there is no such revision. */
  get(siteId: string, revisionId: string, options?: ReadConfigurationOptions): Promise<SiteConfiguration | undefined>;
  /** Saves a new revision; the response does not contain `hostIndex`. */
  add(siteId: string, body: SiteConfigurationBody): Promise<SiteConfiguration>;
}

export function createSiteConfigurationsApi(
  requester: Requester,
  sites: Pick<SitesApi, "exists">,
): SiteConfigurationsApi {
  const service = "media-sites";
  return {
    list: (siteId, options) =>
      contentsOf(
        () =>
          requester.json(
            {
              service,
              method: "GET",
              path: path`/api/1/sites/${siteId}/configurations`,
              query: truncation(options),
            },
            SiteConfigurationList,
          ),
        () => sites.exists(siteId),
      ),
    get: (siteId, revisionId, options) =>
      findConfirmed(() =>
        requester.json(
          {
            service,
            method: "GET",
            path: path`/api/1/sites/${siteId}/configurations/${revisionId}`,
            query: truncation(options),
          },
          SiteConfiguration,
        ),
      ),
    add: (siteId, body) =>
      requester.json(
        { service, method: "POST", path: path`/api/1/sites/${siteId}/configurations`, body },
        SiteConfiguration,
      ),
  };
}

function truncation(options: ReadConfigurationOptions | undefined): Record<string, string | undefined> {
  return { truncateHostIndex: options?.truncateHostIndex === true ? "true" : undefined };
}
