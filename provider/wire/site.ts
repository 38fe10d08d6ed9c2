/** Site (docs/qwilt-api.md 4.4). */
import { z } from "zod";
import { PublishingOperation } from "./publishing-operation.ts";
import { listOf, optionalFlag, optionalNumber, optionalText, textId } from "./scalars.ts";

const optionalOperation = PublishingOperation.nullish().transform((value) => value ?? undefined);

const Received = z.object({
  siteId: textId,
  siteName: z.string(),
  ownerOrgId: optionalText,
  creationTimeMilli: optionalNumber,
  lastUpdateTimeMilli: optionalNumber,
  /** Name that the customer's hosts must point to. */
  siteDnsCnameDelegationTarget: optionalText,
  routingMethod: optionalText,
  serviceType: optionalText,
  serviceId: optionalText,
  isSelfServiceBlocked: optionalFlag,
  /**
   * Operations of the requested target: `active` is the one whose configuration is live (it may be an `Unpublish`: then
   * nothing is), `last` the most recent. undefined if the publish details were not requested.
   */
  activeAndLastPublishingOperation: z
    .object({ active: optionalOperation, last: optionalOperation })
    .nullish()
    .transform((value) => value ?? undefined),
  isDeleted: optionalFlag,
  IsDeleted: optionalFlag,
});

/** The flag of a soft-deleted site has two spellings (docs/qwilt-api.md 9). */
export const Site = Received.transform(({ IsDeleted, isDeleted, ...site }) => ({
  ...site,
  isDeleted: isDeleted ?? IsDeleted ?? false,
}));
export type Site = z.infer<typeof Site>;

export const SiteList = listOf(Site);

export interface SiteBody {
  /** Unique in the organization, soft-deleted sites included (docs/qwilt-api.md 4.4 rule 4). */
  readonly siteName: string;
  /** Qwilt's default is "DNS". */
  readonly routingMethod?: string;
}
