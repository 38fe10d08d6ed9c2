/** SiteConfiguration: one immutable revision of a site's configuration (docs/qwilt-api.md 4.5). */
import { z } from "zod";
import { listOf, optionalNumber, optionalText, textId } from "./scalars.ts";

/** The configuration itself, as an object or as JSON text. undefined if truncated or not sent. */
const hostIndex = z
  .union([
    z.record(z.string(), z.unknown()),
    z
      .string()
      .transform((text, ctx): unknown => {
        try {
          return JSON.parse(text);
        } catch {
          ctx.addIssue({ code: "custom", message: "expected an object or the JSON text of one" });
          return z.NEVER;
        }
      })
      .pipe(z.record(z.string(), z.unknown())),
  ])
  .nullish()
  .transform((value) => value ?? undefined);

export const SiteConfiguration = z.object({
  siteId: optionalText,
  revisionId: textId,
  /** 1 for the first revision of a site. */
  revisionNum: optionalNumber,
  ownerOrgId: optionalText,
  creationTimeMilli: optionalNumber,
  lastUpdateTimeMilli: optionalNumber,
  createdUser: optionalText,
  hostIndex,
  changeDescription: optionalText,
});
export type SiteConfiguration = z.infer<typeof SiteConfiguration>;

export const SiteConfigurationList = listOf(SiteConfiguration);

export interface SiteConfigurationBody {
  readonly hostIndex: Readonly<Record<string, unknown>>;
  readonly changeDescription: string;
}
