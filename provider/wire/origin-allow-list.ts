/** OriginAllowList: addresses that may contact the customer's origin (docs/qwilt-api.md 4.9). */
import { z } from "zod";
import { optionalNumber, optionalText, textList } from "./scalars.ts";

export const OriginAllowList = z.object({
  /** Identifies this version of the list: it is the same for unchanged content. */
  md5: optionalText,
  /** Epoch milliseconds. */
  createTimeMillis: optionalNumber,
  /** Addresses or subnets by network name. */
  ipData: z
    .record(z.string(), z.object({ ipv4: textList, ipv6: textList }))
    .nullish()
    .transform((value) => value ?? {}),
});
export type OriginAllowList = z.infer<typeof OriginAllowList>;
