/** CertificateIssuance: waits until a template's certificate may be linked. Waiting is its own resource: DNS comes in between. */
import { z } from "zod";
import { isOutcomeUnknown } from "../api/http/api-error.ts";
import { unexpectedResponse } from "../core/errors/unexpected-response.ts";
import { awaitUsable, type Issuance } from "../issuance/await-issuance.ts";
import { linkableCertificate, standingOf } from "../issuance/linkable-certificate.ts";
import { factsIn } from "../run/fetch-certificate-facts.ts";
import {
  type Change,
  type CheckContext,
  type Context,
  type Lifecycle,
  type MaybeUnknown,
  UNKNOWN,
  Unfinished,
} from "../run/lifecycle.ts";
import { classifySigningState, describeState } from "../wire/signing-state.ts";
import { describeExpiry } from "../x509/expiry.ts";
import { Timeouts, timeoutOf } from "./timeouts.ts";

const TemplateId = z.union([
  z.int().positive(),
  z.string().regex(/^\d+$/, "must be a template id, a number").transform(Number),
]);

export const CertificateIssuanceArgs = z.strictObject({
  /** Template whose certificate to wait for. Changing it replaces the issuance. */
  certificateTemplateId: TemplateId,
  /** "until-usable" (default) waits; "next-run" checks once and finishes, and a later run links the certificate. */
  wait: z.enum(["until-usable", "next-run"]).optional(),
  /** Any text; changing it requests a new signing request from Qwilt, after the cause of a failure was fixed. */
  retrigger: z.string().optional(),
  /** Minutes to wait; default 90. Issuance usually takes 30 to 60. */
  timeouts: Timeouts.optional(),
});
export type CertificateIssuanceArgs = z.infer<typeof CertificateIssuanceArgs>;

export interface CertificateIssuanceState extends CertificateIssuanceArgs {
  /** Certificate that was issued; null while there is none (`wait: "next-run"`). */
  readonly certificateId: number | null;
  /** Signing request that was waited for. */
  readonly csrId: number | null;
  /** State of the signing request, as Qwilt names it. */
  readonly signingState: string;
  /** SHA-256 of the certificate, lower-case hex; "" while not issued. */
  readonly fingerprint: string;
  /** DNS names of the certificate, sorted. */
  readonly dnsNames: readonly string[];
  /** IP addresses of the certificate, sorted. */
  readonly ipAddresses: readonly string[];
  /** Expiry of the certificate, ISO 8601 UTC; "" while not issued. */
  readonly notAfter: string;
  /** ISO 8601 UTC; undefined in a state of an earlier release. */
  readonly notBefore?: string | undefined;
  /** When the wait began, ISO 8601 UTC; a resumed wait keeps it. */
  readonly waitingSince: string;
  /** True while a new certificate is waited for; what was issued before stays until then. */
  readonly awaiting?: boolean | undefined;
  /** The `retrigger` that was carried out. */
  readonly retriggered?: string | undefined;
}

const DEFAULT_LIMIT_MS = 90 * 60_000;

export const certificateIssuance: Lifecycle<
  CertificateIssuanceArgs,
  CertificateIssuanceArgs,
  CertificateIssuanceState
> = {
  kind: "CertificateIssuance",
  args: CertificateIssuanceArgs,
  inputKeys: Object.keys(CertificateIssuanceArgs.shape),

  replacedBy: ["certificateTemplateId"],

  check: (args) => ({
    plan: waits(args) ? `${WAIT}, usually 30 to 60 min` : LOOK,
  }),

  diff(state, inputs, ctx): Change {
    const template = inputs.certificateTemplateId;
    if (template === UNKNOWN || template !== state.certificateTemplateId) {
      return { kind: "replace", fields: ["certificateTemplateId"], order: "create-first" };
    }
    if (inputs.retrigger !== undefined && inputs.retrigger !== state.retriggered) {
      return {
        kind: "update",
        fields: ["retrigger"],
        plan: `request a new CSR from Qwilt, then ${waits(inputs) ? WAIT : LOOK}`,
      };
    }
    if ((state.certificateId ?? null) === null || state.awaiting === true)
      return { kind: "resume", plan: plannedResume(state, inputs), warnings: earlierWarnings(state, ctx) };
    return { kind: "none", warnings: standingWarnings(state, ctx) };
  },

  async create(inputs, ctx) {
    const id = String(inputs.certificateTemplateId);
    return { id, state: await retriggerAndAwait(id, inputs, undefined, ctx) };
  },

  /** @param id of the template: the resource has no other */
  importById(id, ctx) {
    const inputs = { certificateTemplateId: Number(id) };
    const waitingSince = new Date(ctx.clock.now()).toISOString();
    const unknown = { last: undefined, before: undefined, waitingSince, retriggered: undefined };
    return certificateIssuance.read(id, stateOf(inputs, unknown), ctx);
  },

  async read(_id, state, ctx) {
    const template = await ctx.api.certificateTemplates.get(state.certificateTemplateId);
    if (template === undefined) return undefined;
    const csrId = template.csrIds.at(-1) ?? null;
    const request = csrId === null ? undefined : await ctx.api.signingRequests.get(csrId);
    const signingState = request?.signingState ?? "";
    // While Qwilt moves its sites to a renewed certificate, or if that failed, the earlier one remains the desired one.
    const certificateId =
      (await linkableCertificate(template, request, state.certificateId ?? undefined, ctx.api)) ?? null;
    const { awaiting, ...before } = state;
    const base = { ...before, csrId, signingState, certificateId };
    const standing = standingOf(request);
    const waits = awaiting === true && (standing === "earlier" || standing === "not-linkable") ? { awaiting } : {};
    if (certificateId !== null && !waits.awaiting) for (const text of failureWarnings(base)) ctx.row.warn(text);
    if (certificateId === null || certificateId === state.certificateId) return { ...base, ...waits };
    return { ...base, ...waits, ...(await issuedFacts(certificateId, ctx)) };
  },

  update: (id, state, inputs, ctx) => retriggerAndAwait(id, inputs, state, ctx),

  async delete() {
    // The template and its certificate exist independently of this resource.
    return "no object";
  },
};

/** Warnings that every preview shows about an issued certificate. */
function standingWarnings(state: CertificateIssuanceState, ctx: CheckContext): string[] {
  const failures = failureWarnings(state);
  const expiry = describeExpiry(state, ctx.clock.now(), ctx.config.expiryWarningDays);
  if (failures.length > 0 || expiry === undefined) return failures;
  const renews = "as last observed; Qwilt renews it automatically, and `pulumi refresh` shows the new one";
  return [`certificate ${state.certificateId} ${expiry}: ${renews}`];
}

/** About the certificate that stays in use while the run waits for another. */
function earlierWarnings(state: CertificateIssuanceState, ctx: CheckContext): string[] {
  const { certificateId } = state;
  const expiry =
    (certificateId ?? null) === null ? undefined : describeExpiry(state, ctx.clock.now(), ctx.config.expiryWarningDays);
  return expiry === undefined ? [] : [`certificate ${certificateId}, which stays in use until then, ${expiry}`];
}

/** About a failed renewal by Qwilt: its request is final, so waiting does not help. */
function failureWarnings({ certificateId, csrId, signingState, notAfter }: CertificateIssuanceState): string[] {
  const { kind, state, waitingOn } = classifySigningState(signingState ?? "");
  if (kind !== "failed") return [];
  const until = notAfter === "" ? "" : `, valid until ${notAfter.slice(0, 10)}, stays in use`;
  const again = waitingOn === "customer" ? "; to request one, change `retrigger` and run `pulumi up`" : "";
  return [
    `the renewal of certificate ${certificateId} failed when last observed: signing request ${csrId} is ${describeState(state)}${again}. Certificate ${certificateId}${until}; nothing renews it before that`,
  ];
}

const WAIT = "wait until the certificate is issued";
const LOOK = "check whether the certificate is issued";

/** As long as it is not known whether the run will wait, no wait is announced. */
function waits({ wait }: MaybeUnknown<CertificateIssuanceArgs>): boolean {
  return wait !== "next-run" && wait !== UNKNOWN;
}

/**
 * Announces a run that may take as long as a whole issuance; after a failure there is only a newer request to wait for.
 */
function plannedResume(state: CertificateIssuanceState, inputs: MaybeUnknown<CertificateIssuanceArgs>): string {
  const seen = describeState(state.signingState ?? "");
  const before = `not issued when last observed${seen === "" ? "" : ` (${seen})`}`;
  if (!waits(inputs)) return `${before}: check again`;
  if (classifySigningState(state.signingState ?? "").kind === "failed")
    return `${before}: check for a newer CSR, and wait for its certificate if there is one`;
  const { timeouts } = inputs;
  const limit = timeouts === UNKNOWN ? "" : `, up to ${timeouts?.update ?? DEFAULT_LIMIT_MS / 60_000} min in this run`;
  return `${before}: continue waiting for the certificate${limit}`;
}

async function retriggerAndAwait(
  id: string,
  inputs: CertificateIssuanceArgs,
  before: CertificateIssuanceState | undefined,
  ctx: Context,
): Promise<CertificateIssuanceState> {
  const templateId = inputs.certificateTemplateId;
  const again = inputs.retrigger !== undefined && before !== undefined && inputs.retrigger !== before.retriggered;
  let retriggered = before === undefined ? inputs.retrigger : before.retriggered;
  const waitingSince = again || before === undefined ? new Date(ctx.clock.now()).toISOString() : before.waitingSince;
  let last: Issuance | undefined;
  const stateNow = () => stateOf(inputs, { last, before, waitingSince, retriggered });
  try {
    if (again) {
      await triggerOnce(templateId, before, ctx);
      retriggered = inputs.retrigger;
    }
    const verb = before === undefined ? "create" : "update";
    const timeoutMs = inputs.wait === "next-run" ? 0 : timeoutOf(inputs, verb, ctx, DEFAULT_LIMIT_MS);
    const issued = await awaitUsable({ templateId, timeoutMs, since: Date.parse(waitingSince) }, ctx, (seen) => {
      last = seen;
    });
    if (issued.certificateId === undefined) {
      ctx.row.info(`not issued yet: ${describeState(issued.signingState)}; a later run continues`);
      return stateNow();
    }
    const facts = await issuedFacts(issued.certificateId, ctx);
    ctx.row.info(`certificate ${issued.certificateId} is issued, valid until ${facts.notAfter.slice(0, 10)}`);
    return { ...stateNow(), ...facts };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown : new Error(String(thrown));
    throw new Unfinished(id, stateNow(), reason);
  }
}

/**
 * A run that was killed or lost a response may already have triggered: no request is triggered while one newer than the
 * recorded one has not failed.
 */
async function triggerOnce(templateId: number, before: CertificateIssuanceState, ctx: Context): Promise<void> {
  const newest = await newestRequest(templateId, ctx);
  if (newest > (before.csrId ?? 0)) {
    const request = await ctx.api.signingRequests.get(newest);
    if (request !== undefined && classifySigningState(request.signingState).kind !== "failed") return;
  }
  try {
    const made = await ctx.api.certificateTemplates.triggerSigningRequest(templateId);
    ctx.row.info(`signing request ${made.csrId} was created`);
  } catch (thrown) {
    if (!isOutcomeUnknown(thrown) || (await newestRequest(templateId, ctx)) <= newest) throw thrown;
  }
}

/** 0: the template has none, or does not exist. */
async function newestRequest(templateId: number, ctx: Context): Promise<number> {
  const template = await ctx.api.certificateTemplates.get(templateId);
  return template?.csrIds.at(-1) ?? 0;
}

interface Known {
  readonly last: Issuance | undefined;
  readonly before: CertificateIssuanceState | undefined;
  readonly waitingSince: string;
  readonly retriggered: string | undefined;
}

/** What was recorded or issued before is kept until a check shows more: a site still uses it. */
function stateOf(
  inputs: CertificateIssuanceArgs,
  { last, before, waitingSince, retriggered }: Known,
): CertificateIssuanceState {
  const asked = before === undefined || before.awaiting === true || before.retriggered !== retriggered;
  const awaiting = last === undefined ? asked : last.certificateId === undefined;
  return {
    ...inputs,
    certificateId: last?.certificateId ?? before?.certificateId ?? null,
    csrId: last?.csrId ?? before?.csrId ?? null,
    signingState: last?.signingState ?? before?.signingState ?? "",
    fingerprint: before?.fingerprint ?? "",
    dnsNames: before?.dnsNames ?? [],
    ipAddresses: before?.ipAddresses ?? [],
    notAfter: before?.notAfter ?? "",
    ...(before?.notBefore === undefined ? {} : { notBefore: before.notBefore }),
    waitingSince,
    ...(awaiting ? { awaiting } : {}),
    ...(retriggered === undefined ? {} : { retriggered }),
  };
}

async function issuedFacts(certificateId: number, ctx: Context) {
  const found = await ctx.api.certificates.get(certificateId, { detailed: true });
  // Without its names, the link could only report that it covers nothing, which is false.
  if (found === undefined) throw unexpectedResponse({ reason: "issued-certificate-missing", certificateId });
  return factsIn(found);
}
