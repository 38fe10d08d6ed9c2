import type { Assumptions } from "../assumptions.ts";
import { ApiProblem } from "./api-problem.ts";

export type RoutingMethod = "DNS" | "HTTP";

export interface Site {
  readonly siteId: string;
  readonly organisation: string;
  readonly siteName: string;
  readonly routingMethod: RoutingMethod;
  /** Number of the delivery service; part of `serviceId` and of the delegation target. */
  readonly serviceNumber: number;
  readonly createdAtMs: number;
  readonly createdUser: string;
  readonly updatedAtMs: number;
  readonly updatedUser: string;
  /** Soft-deleted sites stay listed and keep their name (docs/qwilt-api.md 4.4 rule 4). */
  readonly isDeleted: boolean;
  /** The one certificate linked to the site (docs/qwilt-api.md 4.6 rule 1), `certId` of the pool. */
  readonly linkedCertificateId: number | null;
}

export interface NewSite {
  readonly siteId: string;
  readonly serviceNumber: number;
  readonly organisation: string;
  readonly user: string;
  readonly siteName: string;
  readonly routingMethod: RoutingMethod;
}

export function newSite(wanted: NewSite, now: number): Site {
  const { user, ...rest } = wanted;
  return {
    ...rest,
    createdAtMs: now,
    createdUser: user,
    updatedAtMs: now,
    updatedUser: user,
    isDeleted: false,
    linkedCertificateId: null,
  };
}

export type SiteEvent =
  | { readonly kind: "rename"; readonly siteName: string; readonly user: string }
  | { readonly kind: "soft-delete"; readonly user: string }
  | { readonly kind: "link"; readonly certificateId: number }
  | { readonly kind: "unlink"; readonly certificateId: number };

/** A link does not change the site itself: only rename and deletion update `lastUpdateTimeMilli`. */
export function changeSite(site: Site, event: SiteEvent, now: number, rules: Assumptions): Site {
  switch (event.kind) {
    case "rename":
      return { ...site, siteName: event.siteName, updatedAtMs: now, updatedUser: event.user };
    case "soft-delete":
      return site.isDeleted ? site : { ...site, isDeleted: true, updatedAtMs: now, updatedUser: event.user };
    case "link":
      if (site.linkedCertificateId === event.certificateId) {
        throw new ApiProblem(
          rules.secondLinkStatus,
          `Certificate ${event.certificateId} is already linked to this site.`,
        );
      }
      if (site.linkedCertificateId !== null) {
        throw new ApiProblem(
          rules.secondLinkStatus,
          `Certificate ${site.linkedCertificateId} is linked to this site. A site has one certificate: unlink it first.`,
        );
      }
      return { ...site, linkedCertificateId: event.certificateId };
    case "unlink":
      if (site.linkedCertificateId !== event.certificateId) {
        throw new ApiProblem(rules.notLinkedStatus, `Certificate ${event.certificateId} is not linked to this site.`);
      }
      return { ...site, linkedCertificateId: null };
  }
}

/** @throws ApiProblem if the site is soft-deleted and the assumption allows nothing but a rename */
export function requireLivingSite(site: Site, rules: Assumptions): void {
  if (site.isDeleted && rules.softDeletedSite === "refuse-changes") {
    throw new ApiProblem(409, `Site ${site.siteId} is deleted.`);
  }
}

/** @throws ApiProblem if the text is not a site name: 1 to 255 characters (U32), any text, spaces included */
export function requireSiteName(value: unknown, rules: Assumptions): string {
  if (typeof value !== "string") throw new ApiProblem(400, "siteName is required and must be a string.");
  if (value.trim() === "" || value.length > rules.siteName.longest) {
    throw new ApiProblem(400, `siteName must have 1 to ${rules.siteName.longest} characters.`);
  }
  return value;
}

/** `DNS` if omitted (docs/qwilt-api.md 4.4). */
export function readRoutingMethod(value: unknown): RoutingMethod {
  if (value === undefined || value === null) return "DNS";
  if (value === "DNS" || value === "HTTP") return value;
  throw new ApiProblem(400, 'routingMethod must be "DNS" or "HTTP".');
}

/** Name that the customer's hosts point to, in the format of production names (docs/qwilt-api.md 4.4, low weight). */
export function delegationTarget(site: Site): string {
  return `edge.${serviceId(site)}.global.dns.qwilted-cds.cqloud.com`;
}

export function serviceId(site: Site): string {
  const organisation = site.organisation.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-");
  return `ds-c${site.serviceNumber}-${organisation}`;
}
