import type { JsonObject } from "./json.ts";

/** A saved revision. It never changes (docs/qwilt-api.md 4.5). */
export interface SiteConfiguration {
  readonly siteId: string;
  readonly organisation: string;
  readonly revisionId: string;
  /** 1 for the first of a site, one more for each further one. */
  readonly revisionNumber: number;
  readonly createdAtMs: number;
  readonly createdUser: string;
  readonly hostIndex: JsonObject;
  readonly changeDescription: string;
}
