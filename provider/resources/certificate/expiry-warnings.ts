/** What a certificate's row says about its expiry and renewal; with a signing request, the template renews it. */

import { describeMisfits, describeRenewal } from "../../issuance/renewal-messages.ts";
import type { CheckContext, MaybeUnknown } from "../../run/lifecycle.ts";
import type { DeclaredRenewal } from "../../run/template-registry.ts";
import { describeExpiry } from "../../x509/expiry.ts";
import { publicKeyHashOfRequest } from "../../x509/request-key.ts";
import type { CertificateArgs, CertificateState } from "./args.ts";

/** Within the window of expiryWarningDays: when it expires, and what renews it. */
export function expiryWarnings(state: CertificateState, ctx: CheckContext): string[] {
  const now = ctx.clock.now();
  const expiry = describeExpiry(state, now, ctx.config.expiryWarningDays);
  if (expiry === undefined) return [];
  const real = { startsAt: Date.parse(state.notBefore), endsAt: Date.parse(state.notAfter) };
  const next =
    state.csrId === undefined
      ? "it is not renewed automatically: replace it with a new certificate"
      : describeRenewal(declaredFor(state.csrId, ctx), real, now);
  return [`the certificate ${expiry}; ${next}`];
}

/** Where its dates contradict what its template assumes. A template that knows the dates reports it on its own row. */
export function misfitWarnings(
  args: MaybeUnknown<CertificateArgs>,
  facts: Readonly<Record<string, unknown>>,
  ctx: CheckContext,
): readonly string[] {
  const { notBefore, notAfter, publicKeyHash } = facts;
  if (typeof args.csrId !== "number" || typeof notBefore !== "string" || typeof notAfter !== "string") return [];
  const requested = typeof args.csrPem === "string" ? publicKeyHashOfRequest(args.csrPem) : undefined;
  // A certificate of an earlier request: it stays until the CA has signed the new one.
  if (requested !== undefined && requested !== publicKeyHash) return [];
  const declared = declaredFor(args.csrId, ctx);
  if (declared === undefined || declared.counted?.by === "dates") return [];
  return describeMisfits(declared, { startsAt: Date.parse(notBefore), endsAt: Date.parse(notAfter) });
}

function declaredFor(csrId: unknown, ctx: CheckContext): DeclaredRenewal | undefined {
  const renewedBy = ctx.templates.byCsrId(csrId)?.renewedBy;
  return typeof renewedBy === "object" ? renewedBy : undefined;
}
