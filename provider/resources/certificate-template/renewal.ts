/** When a self-managed template is due for a new signing request, and which dates that is decided from. */
import { QwiltError } from "../../core/errors/qwilt-error.ts";
import { describeMisfits } from "../../issuance/renewal-messages.ts";
import {
  type Change,
  type CheckContext,
  type Context,
  type Failure,
  type LookedUp,
  type MaybeUnknown,
  UNKNOWN,
} from "../../run/lifecycle.ts";
import type { DeclaredRenewal, RegisteredTemplate } from "../../run/template-registry.ts";
import type { CertificateTemplate as WireTemplate } from "../../wire/certificate-template.ts";
import { certificateFacts } from "../../x509/facts.ts";
import { type CountedLifetime, DAY_MS, renewalDue, windowMs } from "../../x509/renewal-window.ts";
import type { CertificateTemplateArgs, CertificateTemplateState } from "./args.ts";

type Inputs = MaybeUnknown<CertificateTemplateArgs>;
type Dates = Pick<CertificateTemplateState, "notBefore" | "notAfter">;

/**
 * A public CA's certificate is valid for at most 398 days. Once its dates are known, a declaration that does not fit
 * them is a warning.
 */
export function windowFailures(args: Inputs): Failure[] {
  const { renewBefore, lifetimeDays } = args;
  if (renewBefore === undefined || renewBefore === UNKNOWN || lifetimeDays === UNKNOWN) return [];
  const lifetimeMs = (lifetimeDays ?? 398) * DAY_MS;
  const window = windowMs(renewBefore, lifetimeMs);
  if (window === undefined) {
    return [
      {
        property: "renewBefore",
        reason: 'renewBefore must be a number of days (15) or a share of the lifetime ("30%", "1/3").',
      },
    ];
  }
  if (window < lifetimeMs) return [];
  return [
    {
      property: "renewBefore",
      reason: `renewBefore is as long as the lifetime of ${lifetimeDays ?? 398} days: every run would renew. Use a shorter period.`,
    },
  ];
}

/** Decided by the clock, from dates that are known without a call. */
export function renewalChange(state: CertificateTemplateState, inputs: Inputs, ctx: CheckContext): Change {
  const declared = declaredRenewal(state, inputs);
  if (declared === undefined) return { kind: "none" };
  const { renewBefore, counted } = declared;
  if (renewBefore === undefined || counted === undefined) return { kind: "none" };
  const misfits = counted.by === "dates" ? describeMisfits(declared, counted) : [];
  const warnings = misfits.length === 0 ? {} : { warnings: misfits };
  const due = renewalDue(counted, renewBefore, ctx.clock.now());
  if (!due.due) return { kind: "none", ...warnings };
  const plan = `${due.left} days left of ${due.of}: a new CSR, then your CA's signature`;
  return { kind: "replace", fields: ["renewBefore"], due: true, order: "create-first", plan, ...warnings };
}

/** Lets the rows of its certificate and links show who renews. */
export function templateTerms(state: CertificateTemplateState, inputs: Inputs): RegisteredTemplate {
  const { certificateTemplateId, csrId, signingState } = state;
  return { certificateTemplateId, csrId, signingState, renewedBy: renewedBy(state, inputs) };
}

function renewedBy(state: CertificateTemplateState, inputs: Inputs): RegisteredTemplate["renewedBy"] {
  return state.autoManaged === false ? (declaredRenewal(state, inputs) ?? "unknown") : "qwilt";
}

function declaredRenewal(state: CertificateTemplateState, inputs: Inputs): DeclaredRenewal | undefined {
  const { renewBefore, lifetimeDays } = inputs;
  if (renewBefore === UNKNOWN || lifetimeDays === UNKNOWN) return undefined;
  return { renewBefore, lifetimeDays, counted: countedLifetime(state, lifetimeDays) };
}

function countedLifetime(
  state: CertificateTemplateState,
  lifetimeDays: number | undefined,
): CountedLifetime | undefined {
  if (state.notBefore !== undefined && state.notAfter !== undefined) {
    return { startsAt: Date.parse(state.notBefore), endsAt: Date.parse(state.notAfter), by: "dates" };
  }
  if (lifetimeDays === undefined) return undefined;
  const startsAt = Date.parse(state.createdAt);
  return { startsAt, endsAt: startsAt + lifetimeDays * DAY_MS, by: "lifetimeDays" };
}

/** The dates that `renewBefore` is measured from, if neither the program nor the state has them. */
export async function lookUpDates(
  state: CertificateTemplateState,
  inputs: Inputs,
  ctx: Context,
): Promise<LookedUp<CertificateTemplateState> | undefined> {
  if (inputs.autoManaged !== false) return undefined;
  const declared = declaredRenewal(state, inputs);
  if (declared?.renewBefore === undefined || declared.counted !== undefined) return undefined;
  try {
    return await lookAtTemplate(state, ctx);
  } catch (thrown) {
    if (ctx.signal.aborted) throw thrown;
    const why = thrown instanceof QwiltError ? `${thrown.what} [${thrown.code}]` : "the certificate cannot be read.";
    return { state, warnings: [`could not check whether a new signing request is due: ${why} ${DECLARE}`] };
  }
}

const DECLARE = "The next run checks again; with lifetimeDays no lookup is needed.";

async function lookAtTemplate(
  state: CertificateTemplateState,
  ctx: Context,
): Promise<LookedUp<CertificateTemplateState>> {
  const { certificateTemplateId } = state;
  const found = await ctx.api.certificateTemplates.get(certificateTemplateId);
  if (found === undefined) {
    const gone = `template ${certificateTemplateId} no longer exists: run \`pulumi refresh\`, then \`pulumi up\` creates it again`;
    return { state, warnings: [gone] };
  }
  if (found.lastCertificateId === undefined) return { state, warnings: [] };
  const dates = await datesOf(found, state, ctx);
  if (dates.notAfter !== undefined) return { state: { ...state, ...dates }, warnings: [] };
  const hidden = `Qwilt does not return the expiry of certificate ${found.lastCertificateId}, so it is not renewed automatically: set lifetimeDays`;
  return { state, warnings: [hidden] };
}

/** Dates of the newest certificate of a self-managed template. */
export async function datesOf(
  template: WireTemplate,
  before: CertificateTemplateState | undefined,
  ctx: Context,
): Promise<Dates> {
  const id = template.lastCertificateId;
  if (id === undefined) return {};
  if (before?.lastCertificateId === id && before.notBefore !== undefined && before.notAfter !== undefined) {
    return { notBefore: before.notBefore, notAfter: before.notAfter };
  }
  const found = await ctx.api.certificates.get(id, { detailed: true });
  if (found?.certificate === undefined) return {};
  const { notBefore, notAfter } = certificateFacts(found.certificate);
  return { notBefore, notAfter };
}
