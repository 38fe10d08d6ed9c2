/** ApiKey (docs/qwilt-api.md 4.8). Only the create response contains the key itself. */
import { z } from "zod";
import { listOf, optionalNumber, optionalText, textId } from "./scalars.ts";

export const ApiKey = z.object({
  keyId: textId,
  name: optionalText,
  description: optionalText,
  /** Validity in days, at most 365. */
  ttl: optionalNumber,
  permission: optionalText,
  ownerId: optionalText,
  createdBy: optionalText,
  /** ISO 8601 UTC. */
  createdAt: optionalText,
  /** ISO 8601 UTC. */
  expireAt: optionalText,
  /** Secret. */
  apiToken: optionalText,
});
export type ApiKey = z.infer<typeof ApiKey>;

export const ApiKeyList = listOf(ApiKey);

export interface ApiKeyBody {
  readonly name: string;
  readonly description?: string;
  /** Days, 1 to 365. */
  readonly ttl: number;
  /** `MediaEditor` is the only documented value. */
  readonly permission: string;
}
