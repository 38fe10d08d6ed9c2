/** Qwilt's API as functions, with one connection pool per process. */
import type { Clock } from "../core/clock.ts";
import type { Credentials, ProviderConfig } from "../core/config.ts";
import type { OrganizationObserver } from "../core/organization.ts";
import { type ApiKeysApi, createApiKeysApi } from "./endpoints/api-keys.ts";
import { type CertificateTemplatesApi, createCertificateTemplatesApi } from "./endpoints/certificate-templates.ts";
import { type CertificatesApi, createCertificatesApi } from "./endpoints/certificates.ts";
import { createOriginAllowListApi, type OriginAllowListApi } from "./endpoints/origin-allow-list.ts";
import { createPublishingApi, type PublishingApi } from "./endpoints/publishing-operations.ts";
import { createSigningRequestsApi, type SigningRequestsApi } from "./endpoints/signing-requests.ts";
import { createSiteCertificatesApi, type SiteCertificatesApi } from "./endpoints/site-certificates.ts";
import { createSiteConfigurationsApi, type SiteConfigurationsApi } from "./endpoints/site-configurations.ts";
import { createSharedSites, createSitesApi, type SitesApi } from "./endpoints/sites.ts";
import { createAuth } from "./http/auth.ts";
import { createRequester } from "./http/request.ts";
import { createSender } from "./http/send.ts";
import { createTransport, proxyOf } from "./http/transport.ts";

export interface QwiltApi {
  readonly certificates: CertificatesApi;
  readonly certificateTemplates: CertificateTemplatesApi;
  readonly signingRequests: SigningRequestsApi;
  readonly sites: SitesApi;
  readonly siteConfigurations: SiteConfigurationsApi;
  readonly siteCertificates: SiteCertificatesApi;
  readonly publishing: PublishingApi;
  readonly originAllowList: OriginAllowListApi;
  readonly apiKeys: ApiKeysApi;
  /** The credentials in use: the fallback ones once Qwilt has rejected the configured ones. */
  credentials(): Credentials | undefined;
  /** Closes idle connections. Optional: they do not keep the process alive. */
  close(): void;
}

export interface QwiltApiOptions {
  readonly config: ProviderConfig;
  readonly clock: Clock;
  /**
   * Ends pauses between attempts and aborts reads in flight. A change in flight is never aborted, and later calls still
   * get one attempt each, so that work in progress can be finished or rolled back.
   */
  readonly signal?: AbortSignal | undefined;
  /** Is informed which organization's objects the responses contain. */
  readonly observer?: OrganizationObserver;
  /** In [0, 1). Default Math.random. */
  readonly random?: () => number;
  /** Receives warnings about the run as a whole. */
  readonly warn?: (text: string) => void;
  /** Receives the lines of QWILT_DEBUG=1. Default: standard error. */
  readonly log?: (line: string) => void;
}

/** Makes no call; missing credentials are an error of the first call that needs them. */
export function createQwiltApi(options: QwiltApiOptions): QwiltApi {
  const { config, clock, observer } = options;
  const transport = createTransport({
    timeoutMs: config.requestTimeoutMs,
    maxConcurrency: config.maxConcurrency,
    proxyFor: proxyOf(config.proxies),
  });
  const sender = createSender({
    transport,
    clock,
    signal: options.signal,
    random: options.random ?? Math.random,
    endpointOfStack: config.endpointOfStack,
    log: config.debug ? (options.log ?? writeToStderr) : undefined,
  });
  const auth = createAuth({ config, sender, clock, observer, warn: options.warn ?? (() => undefined) });
  const requester = createRequester({ config, sender, auth, observer });
  const sharedSites = createSharedSites(clock);
  const sites = createSitesApi(requester, sharedSites);
  return {
    certificates: createCertificatesApi(requester, clock),
    certificateTemplates: createCertificateTemplatesApi(requester),
    signingRequests: createSigningRequestsApi(requester),
    sites,
    siteConfigurations: createSiteConfigurationsApi(requester, sites),
    siteCertificates: createSiteCertificatesApi(requester, sites),
    publishing: createPublishingApi(requester, { sharedSites, sites }),
    originAllowList: createOriginAllowListApi(requester),
    apiKeys: createApiKeysApi(requester),
    credentials: auth.inUse,
    close: () => transport.close(),
  };
}

function writeToStderr(line: string): void {
  process.stderr.write(`qwilt: ${line}\n`);
}
