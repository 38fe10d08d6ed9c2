/** Waits until a template's signing request has a certificate that may be linked. */
import type { QwiltApi } from "../api/qwilt-api.ts";
import type { Clock } from "../core/clock.ts";
import type { ProviderConfig } from "../core/config.ts";
import { issuanceTimedOut, signingFailed } from "../core/errors/issuance-errors.ts";
import { interrupted } from "../core/errors/no-response-errors.ts";
import { templateMissing } from "../core/errors/object-errors.ts";
import type { QwiltError } from "../core/errors/qwilt-error.ts";
import { poll } from "../core/poll.ts";
import { proxyName } from "../core/proxies.ts";
import type { Row } from "../run/lifecycle.ts";
import type { CertificateSigningRequest } from "../wire/signing-request.ts";
import { classifySigningState } from "../wire/signing-state.ts";
import { lookupDelegation } from "./delegation/check-delegation.ts";
import { type DelegationRecord, delegationRecords, describeRecord } from "./delegation/records.ts";
import { canonicalNames } from "./template-names.ts";

export interface SigningContext {
  readonly api: QwiltApi;
  readonly clock: Clock;
  readonly config: ProviderConfig;
  readonly signal: AbortSignal;
  readonly row: Row;
}

export interface AwaitOptions {
  readonly templateId: number;
  /** Wall-clock limit in milliseconds; issuance usually takes 30 to 60 minutes. 0: check once. */
  readonly timeoutMs: number;
  /** When the wait began, epoch milliseconds; a resumed wait counts from its first run. */
  readonly since: number;
}

/** Result of one check of the template's newest signing request. */
export interface Issuance {
  readonly csrId: number;
  readonly signingState: string;
  /** undefined until there is a certificate that may be linked. */
  readonly certificateId: number | undefined;
}

const LOOKUP_LIMIT_MS = 3_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * @returns the last check; without a certificate only if `timeoutMs` is 0
 * @throws the failure's code at once; QWILT_ISSUANCE_TIMED_OUT; QWILT_INTERRUPTED; each after calling `seen`
 * @see Qwilt certificate guide, "Tracking the Status of the CSR" (docs/qwilt-api.md 5.1)
 */
export async function awaitUsable(
  options: AwaitOptions,
  ctx: SigningContext,
  seen: (issuance: Issuance) => void,
): Promise<Issuance> {
  const { templateId } = options;
  let last: Issuance | undefined;
  const waited = await poll({
    clock: ctx.clock,
    signal: ctx.signal,
    deadlineMs: ctx.clock.now() + options.timeoutMs,
    intervalMs: (looks) => Math.min(LONGEST_PAUSE_MS, 250 * 1.5 ** looks),
    probe: async () => {
      last = await lookOnce(templateId, options.since, ctx, seen);
      return last.certificateId === undefined ? undefined : last;
    },
  });
  if (waited.kind === "done") return waited.value;
  if (last !== undefined && options.timeoutMs === 0) return last;
  const { csrId, signingState } = last ?? {};
  if (waited.kind === "aborted") throw interrupted({ during: "issuance", templateId, csrId, signingState });
  throw issuanceTimedOut({ templateId, csrId, signingState, waitedMs: ctx.clock.now() - options.since });
}

async function lookOnce(
  templateId: number,
  since: number,
  ctx: SigningContext,
  seen: (issuance: Issuance) => void,
): Promise<Issuance> {
  const template = await ctx.api.certificateTemplates.get(templateId);
  const csrId = template?.csrIds.at(-1);
  if (template === undefined || csrId === undefined)
    throw templateMissing({ templateId, missing: template === undefined ? "template" : "signing-request" });
  const request = await ctx.api.signingRequests.get(csrId);
  if (request === undefined) throw templateMissing({ templateId, missing: "signing-request" });
  // A failed request is recorded too: a retrigger must know which request to ignore.
  const report = (certificateId: number | undefined): Issuance => {
    const issuance = { csrId, signingState: request.signingState, certificateId };
    seen(issuance);
    return issuance;
  };
  report(undefined);
  const managed = request.autoManagedCsr !== false;
  // The guide gives no states for self-managed requests (U19): only the certificate counts.
  if (!managed) return report(request.lastCertificateId);
  const { kind } = classifySigningState(request.signingState);
  if (kind === "failed") throw await explained(csrId, templateId, request, ctx);
  const certificateId = kind === "usable" ? (request.lastCertificateId ?? template.lastCertificateId) : undefined;
  if (certificateId === undefined) ctx.row.status(waitingRow(request, ctx.clock.now() - since));
  return report(certificateId);
}

/**
 * State, who has to act, minutes so far and the usual time, plus the record while the customer has to act. DNS is not
 * queried at each check, and Qwilt detects a record minutes after it exists: a customer who has created it need do
 * nothing more.
 */
export function waitingRow(request: CertificateSigningRequest, elapsedMs: number): string {
  const { kind, state, meaning, waitingOn } = classifySigningState(request.signingState);
  const soFar = `${minutes(elapsedMs)} so far, usually 30 to 60`;
  if (kind === "unknown") return `Qwilt reports ${state === "" ? "no state" : state}, ${meaning}; ${soFar}`;
  const who = {
    customer: "action required if it is not in DNS yet",
    qwilt: "waiting for Qwilt",
    "certificate-authority": "waiting for the CA",
    nobody: "done",
  }[waitingOn];
  const records = delegationRecords(request.challengeDelegationOfDomainsList);
  const which = waitingOn === "customer" && records.length > 0 ? `: ${records.map(describeRecord).join(", ")}` : "";
  return `${meaning} (${who})${which}; ${soFar}`;
}

async function explained(
  csrId: number,
  templateId: number,
  request: CertificateSigningRequest,
  ctx: SigningContext,
): Promise<QwiltError> {
  const { signingState: state } = request;
  const records = delegationRecords(request.challengeDelegationOfDomainsList);
  const ask = classifySigningState(state).waitingOn === "customer";
  const dns = ask ? await dnsNow(records, request, ctx) : [];
  return signingFailed({ state, csrId, templateId, records: ask ? records.map(describeRecord) : [], dns });
}

async function dnsNow(
  records: readonly DelegationRecord[],
  { commonName, sans }: CertificateSigningRequest,
  ctx: SigningContext,
): Promise<string[]> {
  const { dnsServer, proxies } = ctx.config;
  const server = { server: dnsServer, timeoutMs: LOOKUP_LIMIT_MS, proxy: proxyName(proxies) };
  const names = canonicalNames(commonName === undefined ? sans : [commonName, ...sans]);
  return (await lookupDelegation(records, names, server)).map(({ what }) => what);
}

function minutes(ms: number): string {
  return `${Math.max(0, Math.floor(ms / 60_000))} min`;
}
