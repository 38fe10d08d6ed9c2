/**
 * What the templates of this run declare about the renewal of their certificates. The engine processes a template
 * before its dependents, so rows of certificates and links can describe a renewal without a call.
 */
import type { CountedLifetime, RenewBefore } from "../x509/renewal-window.ts";

/** What a self-managed template declares. */
export interface DeclaredRenewal {
  readonly renewBefore: RenewBefore | undefined;
  readonly lifetimeDays: number | undefined;
  /** The dates it decides from; undefined while they are not known. */
  readonly counted: CountedLifetime | undefined;
}

export interface RegisteredTemplate {
  readonly certificateTemplateId: number;
  /** Its newest signing request. */
  readonly csrId: number;
  /** State of that request when last read. */
  readonly signingState: string;
  /** Who creates the next request; "unknown": the deciding input is not known yet. */
  readonly renewedBy: "qwilt" | "unknown" | DeclaredRenewal;
}

export interface TemplateRegistry {
  record(template: RegisteredTemplate): void;
  /** undefined: a template of another stack, or one that this run has not processed yet. */
  byCsrId(csrId: unknown): RegisteredTemplate | undefined;
  byId(certificateTemplateId: unknown): RegisteredTemplate | undefined;
}

export function createTemplateRegistry(): TemplateRegistry {
  const byRequest = new Map<string, RegisteredTemplate>();
  const byId = new Map<string, RegisteredTemplate>();
  return {
    record(template) {
      byRequest.set(String(template.csrId), template);
      byId.set(String(template.certificateTemplateId), template);
    },
    byCsrId: (csrId) => byRequest.get(String(csrId)),
    byId: (certificateTemplateId) => byId.get(String(certificateTemplateId)),
  };
}
