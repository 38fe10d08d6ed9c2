/**
 * What the templates of this run say about the renewal of their certificates. The engine asks a template before what
 * takes an output of it, so rows of certificates and links can tell the truth about a renewal without a call.
 */
import type { CountedLifetime, RenewBefore } from "../x509/renewal-window.ts";

/** What a self-managed template declares. */
export interface DeclaredRenewal {
  readonly renewBefore: RenewBefore | undefined;
  readonly lifetimeDays: number | undefined;
  /** What it decides by; undefined while it knows no dates. */
  readonly counted: CountedLifetime | undefined;
}

export interface TemplateMet {
  readonly templateId: number;
  /** Its newest signing request. */
  readonly csrId: number;
  /** State of that request as it was seen last. */
  readonly signingState: string;
  /** Who makes the next request; "unknown": what decides it is not known yet. */
  readonly renewedBy: "qwilt" | "unknown" | DeclaredRenewal;
}

export interface TemplatesMet {
  tell(template: TemplateMet): void;
  /** undefined: a template of another stack, or one that this run has not come to. */
  ofRequest(csrId: unknown): TemplateMet | undefined;
  ofId(templateId: unknown): TemplateMet | undefined;
}

export function createTemplatesMet(): TemplatesMet {
  const byRequest = new Map<string, TemplateMet>();
  const byId = new Map<string, TemplateMet>();
  return {
    tell(template) {
      byRequest.set(String(template.csrId), template);
      byId.set(String(template.templateId), template);
    },
    ofRequest: (csrId) => byRequest.get(String(csrId)),
    ofId: (templateId) => byId.get(String(templateId)),
  };
}
