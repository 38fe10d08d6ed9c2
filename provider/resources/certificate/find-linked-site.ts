/**
 * Whether a certificate that is to be deleted is still linked: how Qwilt responds to that deletion is not known (U10).
 */
import type { Context } from "../../run/lifecycle.ts";

/**
 * A site that the certificate is linked to. Only searched for if the certificate is ACTIVE, which means that a
 * published site uses it (docs/qwilt-api.md 5.3, assumed); then every site is queried, because no list shows which.
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
