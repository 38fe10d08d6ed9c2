/**
 * Links between sites and certificates (docs/qwilt-api.md 4.6). A link changes nothing on the CDN until the next
 * publish.
 */
import { LinkAnswer, type SiteCertificate, SiteCertificateList } from "../../wire/site-certificate.ts";
import { contentsOf, removeConfirmed } from "../http/confirm-not-found.ts";
import { path, type Requester } from "../http/request.ts";
import type { SitesApi } from "./sites.ts";

export interface SiteCertificatesApi {
  /** At most one entry (rule 1). undefined: there is no such site. */
  list(siteId: string): Promise<readonly SiteCertificate[] | undefined>;
  /** QWILT_CONFLICT if a certificate is already linked. Not retried automatically: Qwilt rejects a second link. */
  link(siteId: string, certificateId: number): Promise<readonly SiteCertificate[]>;
  /** false: it was not linked. */
  unlink(siteId: string, certificateId: number): Promise<boolean>;
}

export function createSiteCertificatesApi(requester: Requester, sites: Pick<SitesApi, "exists">): SiteCertificatesApi {
  const service = "media-sites";
  const list = (siteId: string) =>
    contentsOf(
      () =>
        requester.json(
          { service, method: "GET", path: path`/api/v2/sites/${siteId}/certificates` },
          SiteCertificateList,
        ),
      () => sites.exists(siteId),
    );

  return {
    list,
    link: (siteId, certificateId) =>
      requester.json(
        {
          service,
          method: "POST",
          path: path`/api/v2/sites/${siteId}/certificates`,
          // Decimal text, unlike the number that the certificate itself has (docs/qwilt-api.md 3.1).
          body: { certificateId: String(certificateId) },
        },
        LinkAnswer,
      ),
    unlink: (siteId, certificateId) =>
      removeConfirmed(
        () =>
          requester.done({
            service,
            method: "DELETE",
            path: path`/api/v2/sites/${siteId}/certificates/${certificateId}`,
          }),
        async () => ((await list(siteId)) ?? []).some((link) => link.certificateId === certificateId),
      ),
  };
}
