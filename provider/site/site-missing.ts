import { QwiltError } from "../core/errors.ts";

export function siteMissing(siteId: string): QwiltError {
  return new QwiltError({
    code: "QWILT_SITE_MISSING",
    what: "The site does not exist in this organisation.",
    where: `site ${siteId}`,
    todo: "check siteId and the organisation of the API key; after a deletion outside of Pulumi run `pulumi refresh`",
  });
}
