/** Whether a certificate that is to be deleted is still linked: what Qwilt answers to that deletion is not known (U10). */
import type { Context } from "../../run/lifecycle.ts";

/**
 * A site that is linked to the certificate. Only one that Qwilt calls ACTIVE is looked for: a published site uses it
 * (docs/qwilt-api.md 5.3, assumed), and then all sites are asked, because no list tells which.
 */
export async function siteStillLinked(certificateId: number, ctx: Context): Promise<string | undefined> {
  const found = await ctx.api.certificates.get(certificateId);
  if (found?.status !== "ACTIVE") return undefined;
  const sites = (await ctx.api.sites.list()).filter(({ isDeleted }) => !isDeleted);
  const linked = await Promise.all(
    sites.map(async ({ siteId }) => {
      const links = (await ctx.api.siteCertificates.list(siteId)) ?? [];
      return links.some((link) => link.certificateId === certificateId) ? siteId : undefined;
    }),
  );
  return linked.find((siteId) => siteId !== undefined);
}
