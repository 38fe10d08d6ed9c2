import type { JsonObject } from "./json.ts";

/** A saved revision. Immutable (docs/qwilt-api.md 4.5). */
export interface SiteConfiguration {
  readonly siteId: string;
  readonly organisation: string;
  readonly revisionId: string;
  /** Counts the revisions of a site from 1. */
  readonly revisionNumber: number;
  readonly createdAtMs: number;
  readonly createdUser: string;
  readonly hostIndex: JsonObject;
  readonly changeDescription: string;
}
