/** Expiry warnings for a certificate that a link follows by template, where no other resource of the run shows them. */

import { describeRenewal } from "../../issuance/renewal-messages.ts";
import type { CheckContext, MaybeUnknown } from "../../run/lifecycle.ts";
import type { RegisteredTemplate } from "../../run/template-registry.ts";
import { classifySigningState } from "../../wire/signing-state.ts";
import { describeExpiry } from "../../x509/expiry.ts";
import type { SiteCertificateLinkArgs, SiteCertificateLinkState } from "./args.ts";

export function linkExpiryWarnings(
  state: SiteCertificateLinkState,
  inputs: MaybeUnknown<SiteCertificateLinkArgs>,
  ctx: CheckContext,
): readonly string[] {
  const { certificateTemplateId: templateId } = inputs;
  const linked = state.linkedCertificateId ?? null;
  if (typeof templateId !== "number" || inputs.certificate !== undefined || linked === null) return [];
  if (ctx.stack.has("CertificateIssuance", String(templateId)) || ctx.stack.has("Certificate", String(linked)))
    return [];
  const now = ctx.clock.now();
  const expiry = describeExpiry(state, now, ctx.config.expiryWarningDays);
  if (expiry === undefined) return [];
  const next = whatRenews(ctx.templates.byId(templateId), Date.parse(state.notAfter ?? ""), now);
  return [`certificate ${linked} ${expiry}, as last observed; ${next}`];
}

function whatRenews(template: RegisteredTemplate | undefined, endsAt: number, now: number): string {
  if (template === undefined)
    return "its template is not part of this run: if the template is managed, Qwilt renews the certificate automatically, and `pulumi refresh` shows the new one";
  const { renewedBy, signingState, csrId } = template;
  if (renewedBy === "unknown") return describeRenewal(undefined, { endsAt }, now);
  if (renewedBy !== "qwilt") return describeRenewal(renewedBy, { endsAt }, now);
  const { kind, meaning, remedy } = classifySigningState(signingState);
  if (kind !== "failed") return "Qwilt renews it automatically, and `pulumi refresh` shows the new one";
  return `Qwilt's renewal failed in signing request ${csrId}: ${meaning}; ${remedy}`;
}
