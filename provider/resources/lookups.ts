/** Objects at Qwilt that a program refers to without managing them, found by what it knows of them. Read-only. */
import { z } from "zod";
import { factsIn } from "../run/fetch-certificate-facts.ts";
import type { Context } from "../run/lifecycle.ts";

export interface Lookup {
  /** What it does, for the documentation of the function. */
  readonly description: string;
  readonly args: z.ZodObject;
  /** undefined: there is no such object. */
  find(args: Readonly<Record<string, unknown>>, ctx: Context): Promise<object | undefined>;
}

const SiteLookup = z.strictObject({
  /** Name of the site. */
  siteName: z.string().min(1),
});

export interface SiteFound {
  readonly siteName: string;
  /** Qwilt's id of the site, 24 hex digits; other resources take it. */
  readonly siteId: string;
  /** Name that your hosts point to by CNAME. */
  readonly delegationTarget: string;
  /** Organization that the site belongs to. */
  readonly ownerOrgId: string;
}

const CertificateLookup = z.strictObject({
  /** Qwilt's id of the certificate. */
  certificateId: z.int().positive(),
});

export interface CertificateFound {
  /** Qwilt's id of the certificate; a SiteCertificateLink takes it. */
  readonly certificateId: number;
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
  /** DNS names of the certificate, sorted. */
  readonly dnsNames: readonly string[];
  /** IP addresses of the certificate, sorted. */
  readonly ipAddresses: readonly string[];
  /** Start of the validity period, ISO 8601 UTC. */
  readonly notBefore: string;
  /** Expiry, ISO 8601 UTC. */
  readonly notAfter: string;
}

export const LOOKUPS: Readonly<Record<string, Lookup>> = {
  getSite: {
    description: "Finds a site of the organization by its name.",
    args: SiteLookup,
    async find(args, ctx): Promise<SiteFound | undefined> {
      const { siteName } = SiteLookup.parse(args);
      const found = (await ctx.api.sites.listShared()).find((one) => one.siteName === siteName && !one.isDeleted);
      if (found === undefined) return undefined;
      const { siteId, siteDnsCnameDelegationTarget: delegationTarget = "", ownerOrgId = "" } = found;
      return { siteName, siteId, delegationTarget, ownerOrgId };
    },
  },
  getCertificate: {
    description: "Finds a certificate in the organization's pool by its id, and reads its names and dates.",
    args: CertificateLookup,
    async find(args, ctx): Promise<CertificateFound | undefined> {
      const { certificateId } = CertificateLookup.parse(args);
      const found = await ctx.api.certificates.get(certificateId, { detailed: true });
      return found === undefined ? undefined : { certificateId, ...factsIn(found) };
    },
  },
};
