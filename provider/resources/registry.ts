/** Every resource kind by name. A kind that a state may contain is never removed. */
import { internalError } from "../core/errors/setup-errors.ts";
import type { Lifecycle } from "../run/lifecycle.ts";
import { certificate } from "./certificate/resource.ts";
import { certificateIssuance } from "./certificate-issuance.ts";
import { certificateTemplate } from "./certificate-template/resource.ts";
import { site } from "./site.ts";
import { siteCertificateLink } from "./site-certificate-link/resource.ts";
import { siteConfiguration } from "./site-configuration.ts";
import { sitePublication } from "./site-publication.ts";

// Each lifecycle checks its own arguments; the adapter passes what the engine stored, so static types end here.
// biome-ignore lint/suspicious/noExplicitAny: the adapter holds lifecycles of different types in one table
const LIFECYCLES: ReadonlyMap<string, Lifecycle<any, any, any>> = new Map(
  [
    certificate,
    certificateIssuance,
    certificateTemplate,
    site,
    siteCertificateLink,
    siteConfiguration,
    sitePublication,
  ].map((one) => [one.kind, one]),
);

// biome-ignore lint/suspicious/noExplicitAny: see above
export function lifecycleOf(kind: string): Lifecycle<any, any, any> {
  const found = LIFECYCLES.get(kind);
  if (found !== undefined) return found;
  throw internalError({ reason: "unknown-kind", kind });
}
