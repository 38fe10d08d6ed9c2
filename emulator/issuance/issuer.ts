/**
 * Moves signing requests through their states (docs/qwilt-api.md 5.1), driven by DNS, the CA, the sites and the clock.
 * Every method runs inside a transaction of the store and is synchronous.
 */
import type { Assumptions } from "../assumptions.ts";
import type { DnsZone } from "../dns/dns-zone.ts";
import type { CertificateTemplate } from "../domain/certificate-template.ts";
import type { PublishingOperation } from "../domain/publishing-operation.ts";
import { moveRequest, type SigningRequest } from "../domain/signing-request.ts";
import {
  certificateIn,
  eventTowards,
  isFailure,
  type SigningEvent,
  type SigningState,
} from "../domain/signing-state.ts";
import { decideFault } from "../faults/fault.ts";
import type { Publisher } from "../publishing/publisher.ts";
import type { DueEvent } from "../store/events.ts";
import type { Store } from "../store/store.ts";
import type { AcmeResult } from "./acme-orders.ts";
import type { SignedCertificate } from "./ca.ts";
import { addIssued, lastCertificateId } from "./certificate-pool.ts";
import { challengePasses, pairsOf, publishTokens, removeTokens } from "./challenge.ts";
import { checkDelegations } from "./dns-check.ts";
import type { KeyPool } from "./key-pool.ts";
import { makeCsr } from "./make-csr.ts";
import type { SignOptions } from "./sign-request.ts";
import { carryOutSwitches, outcomeOf, plannedSwitches } from "./site-switch.ts";
import { notifyDelayMs, renewalDueAtMs, share, usualIssueMs, wrongDelegationGraceMs } from "./timing.ts";

const dayMs = 86_400_000;
const eventKinds = { next: "csr-next", deadline: "csr-deadline", renewal: "renewal-due" } as const;

export interface IssuerOptions {
  readonly store: Store;
  readonly rules: Assumptions;
  readonly zone: DnsZone;
  readonly publisher: Publisher;
  readonly keys: KeyPool;
  /** The emulator's own CA. */
  readonly sign: (csrPem: string, life: SignOptions) => SignedCertificate;
  /** Milliseconds from a correct CNAME to a linkable certificate, from the command line. */
  readonly issueMs: number | undefined;
  readonly isClockFrozen: () => boolean;
  /** The CA for managed requests; undefined: the emulator's own. */
  readonly acme: AcmeStarter | undefined;
}

export interface AcmeStarter {
  /** Starts an order, unless the request already has one. */
  start(request: SigningRequest): void;
}

export interface Creation {
  readonly reason: SigningRequest["reason"];
  /** From a fault. */
  readonly forcedOutcome: SigningState | undefined;
  /** A key from the pool; undefined: taken from there. */
  readonly keyPem: string | undefined;
}

export class Issuer {
  private readonly options: IssuerOptions;

  constructor(options: IssuerOptions) {
    this.options = options;
    options.publisher.onEnded((operation, now) => this.operationEnded(operation, now));
  }

  /** Creates the key and the PKCS#10 request of a template. */
  create(
    template: CertificateTemplate,
    { reason, forcedOutcome: destiny, keyPem = this.options.keys.take() }: Creation,
    now: number,
  ): SigningRequest {
    const { store, rules } = this.options;
    const { templateId, organisation, autoManaged } = template;
    const { commonName, sans, country, state, locality, organizationName } = template;
    const subject = { commonName, sans, country, state, locality, organizationName };
    const request: SigningRequest = {
      ...subject,
      csrId: store.meta.next("csr"),
      templateId,
      organisation,
      autoManaged,
      csrPem: makeCsr({ ...subject, autoManaged }, keyPem),
      keyPem,
      signingState: autoManaged ? "PENDING_CHALLENGE_DELEGATION" : rules.selfManagedSigningStates.waiting,
      reason,
      createdAtMs: now,
      issuance: null,
      deadlineAtMs: null,
      destiny: autoManaged ? (destiny ?? null) : null,
      held: false,
      switches: null,
      publishIds: [],
    };
    return this.assess(this.keep(request), now);
  }

  /** Records have changed: requests that wait for them may continue, and others may have lost theirs. */
  dnsChanged(now: number): void {
    for (const request of this.options.store.signingRequests.list({ state: "PENDING_CHALLENGE_DELEGATION" })) {
      this.assess(request, now);
    }
  }

  /** Called by the clock. */
  onEvent({ kind, subject, dueAtMs }: DueEvent): void {
    const id = Number(subject.split(" ").at(-1));
    if (kind === eventKinds.renewal) this.renew(id, dueAtMs);
    else this.onRequestEvent(this.options.store.signingRequests.get(id), kind, dueAtMs);
  }

  private onRequestEvent(request: SigningRequest | undefined, kind: string, dueAtMs: number): void {
    if (request === undefined || request.held) return;
    if (kind === eventKinds.next) this.next(request, dueAtMs);
    if (kind === eventKinds.deadline && request.deadlineAtMs !== null) this.move(request, "delegation-invalid");
  }

  /** Result of the ACME CA. Ignored if the request was deleted, or moved by hand meanwhile. */
  acmeResult(csrId: number, result: AcmeResult, now: number): void {
    const request = this.options.store.signingRequests.get(csrId);
    if (request === undefined || !this.isWithAcme(request)) return;
    if (result.kind === "challenge-passed") this.move(request, "challenge-passed");
    else if (result.kind === "signed") this.signed(request, result.certificate, now);
    else if (request.signingState === "REQUESTING_CERTIFICATE_FROM_CA") this.move(request, "challenge-failed");
    else this.move(request, "signing-refused");
  }

  /** After a start or a restore: orders at an ACME CA do not survive the process. */
  resume(): void {
    for (const state of ["REQUESTING_CERTIFICATE_FROM_CA", "CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN"]) {
      for (const request of this.options.store.signingRequests.list({ state })) {
        if (this.isWithAcme(request)) this.options.acme?.start(request);
      }
    }
  }

  private isWithAcme({ autoManaged, held, destiny, signingState }: SigningRequest): boolean {
    const atCa =
      signingState === "REQUESTING_CERTIFICATE_FROM_CA" || signingState === "CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN";
    return this.options.acme !== undefined && autoManaged && !held && destiny === null && atCa;
  }

  /** Sets a state by hand. Its consequences are applied as well; the request no longer moves by itself. */
  force(request: SigningRequest, signingState: SigningState, now: number): SigningRequest {
    this.cancel(request);
    removeTokens(this.options, request);
    const held = this.keep({ ...request, signingState, held: true, destiny: null, issuance: null, deadlineAtMs: null });
    if (!held.autoManaged || certificateIn(signingState) === "none") return held;
    if (this.certificateOf(held) === null) this.issue(held, this.sign(held, now), now);
    return signingState === "NOTIFIED_SITES" ? this.keep(this.switched(held, now)) : held;
  }

  /** A certificate was uploaded for a self-managed request (U19). */
  uploaded(request: SigningRequest): void {
    if (!request.autoManaged)
      this.keep({ ...request, signingState: this.options.rules.selfManagedSigningStates.uploaded });
  }

  /** The requests of a deleted template become inaccessible; their certificates stay (U10). */
  forget(templateId: number): void {
    const { store } = this.options;
    for (const request of store.signingRequests.list({ template_id: templateId })) {
      this.cancel(request);
      removeTokens(this.options, request);
    }
    store.signingRequests.delete({ template_id: templateId });
  }

  /** Compares DNS with what a waiting request needs, and starts or stops its timers. */
  private assess(request: SigningRequest, now: number): SigningRequest {
    if (!request.autoManaged || request.held || request.signingState !== "PENDING_CHALLENGE_DELEGATION") return request;
    const verdict =
      request.destiny === null ? checkDelegations(this.options.zone, pairsOf(this.options.rules, request)) : "good";
    if (verdict === "good") {
      if (request.issuance !== null) return request;
      this.cancel(request);
      const issuance = { fromMs: now, durationMs: this.issueMs(request) };
      return this.scheduleNext(this.keep({ ...request, issuance, deadlineAtMs: null }), share.requested);
    }
    // For a renewal there is no customer who is about to create the record (U37).
    if (verdict === "wrong" || request.reason === "renewal") {
      if (request.deadlineAtMs !== null) return request;
      this.cancel(request);
      const deadlineAtMs = now + wrongDelegationGraceMs(this.issueMs(request));
      this.schedule(request, eventKinds.deadline, deadlineAtMs);
      return this.keep({ ...request, issuance: null, deadlineAtMs });
    }
    if (request.issuance === null && request.deadlineAtMs === null) return request;
    this.cancel(request);
    return this.keep({ ...request, issuance: null, deadlineAtMs: null });
  }

  /** The time of the request's current state has passed. */
  private next(request: SigningRequest, now: number): void {
    const { signingState, destiny } = request;
    const fated = destiny === null ? undefined : eventTowards(signingState, destiny);
    if (destiny !== null && fated === undefined) return;
    if (this.isWithAcme(request)) {
      this.options.acme?.start(request);
      return;
    }
    switch (signingState) {
      case "PENDING_CHALLENGE_DELEGATION": {
        const moved = this.move(request, fated ?? "delegation-found");
        if (isFailure(moved.signingState)) return;
        if (this.isWithAcme(moved)) {
          this.options.acme?.start(moved);
          return;
        }
        publishTokens(this.options, moved);
        this.scheduleNext(moved, share.challenged);
        return;
      }
      case "REQUESTING_CERTIFICATE_FROM_CA": {
        const passes = fated === undefined ? challengePasses(this.options, request) : fated === "challenge-passed";
        removeTokens(this.options, request);
        const moved = this.move(request, passes ? "challenge-passed" : "challenge-failed");
        if (passes) this.scheduleNext(moved, share.signed);
        return;
      }
      case "CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN": {
        if (fated === "signing-refused") this.move(request, fated);
        else this.signed(request, this.sign(request, now), now);
        return;
      }
      case "NOTIFY_SITES": {
        if (fated === "site-not-activated") this.move(request, fated);
        else this.notifySites(request, now);
      }
    }
  }

  private signed(request: SigningRequest, certificate: SignedCertificate, now: number): void {
    this.issue(request, certificate, now);
    const moved = this.move(request, "certificate-signed");
    this.schedule(moved, eventKinds.next, now + notifyDelayMs(this.issueMs(request)));
  }

  private issue(request: SigningRequest, signed: SignedCertificate, now: number): void {
    const { certificate, material } = addIssued(this.options, request, signed, now);
    const dueAtMs = renewalDueAtMs(material, this.options.rules.renewalDaysBeforeExpiry, now);
    const subject = `certificate ${certificate.certificateId}`;
    this.options.store.events.schedule({ dueAtMs, subject, kind: eventKinds.renewal });
  }

  private sign(request: SigningRequest, now: number): SignedCertificate {
    const notBefore = Math.floor(now / 1_000) * 1_000;
    const notAfter = notBefore + this.options.rules.managedCertificateDays * dayMs;
    return this.options.sign(request.csrPem, { notBefore, notAfter });
  }

  /** Runs again whenever a publication that it waits for has ended. */
  private notifySites(request: SigningRequest, now: number): void {
    const going = this.keep(this.switched(request, now));
    const outcome = outcomeOf(this.options, going.publishIds);
    if ((going.switches ?? []).length > 0 || outcome === "running") return;
    this.move(going, outcome === "good" ? "sites-notified" : "site-not-activated");
  }

  private switched(request: SigningRequest, now: number): SigningRequest {
    const certificateId = this.certificateOf(request);
    if (certificateId === null) return { ...request, switches: [] };
    const switches = request.switches ?? plannedSwitches(this.options, request, certificateId);
    return { ...request, ...carryOutSwitches(this.options, { ...request, switches }, certificateId, now) };
  }

  /** Handled as an event of its own: the operation is still being changed. */
  private operationEnded({ siteId, publishId }: PublishingOperation, now: number): void {
    for (const request of this.options.store.signingRequests.list({ state: "NOTIFY_SITES" })) {
      const waits =
        request.publishIds.includes(publishId) || request.switches?.some((planned) => planned.siteId === siteId);
      if (waits) this.schedule(request, eventKinds.next, now);
    }
  }

  /** U21: unless there is a newer certificate, or one in progress. */
  private renew(certificateId: number, now: number): void {
    const { store } = this.options;
    const { csrId } = store.certificates.get(certificateId) ?? {};
    const template = store.templates.get(store.signingRequests.get(csrId ?? 0)?.templateId ?? 0);
    if (template === undefined) return;
    const requests = store.signingRequests.list({ template_id: template.templateId });
    const newer = requests.filter((request) => request.csrId > (csrId ?? 0));
    if (lastCertificateId(this.options, requests) !== certificateId) return;
    if (newer.some(({ signingState }) => !isFailure(signingState))) return;
    this.create(
      template,
      { reason: "renewal", forcedOutcome: this.destinyOfRenewal(template), keyPem: undefined },
      now,
    );
  }

  /** For faults, a renewal counts as the request that a customer would have sent. */
  private destinyOfRenewal({ templateId }: CertificateTemplate): SigningState | undefined {
    const { store, rules } = this.options;
    const faults = store.faults.list().filter(({ effect }) => "signing" in effect);
    const path = `/api/v2/certificate-templates/${templateId}${rules.newCsrPath}`;
    const asked = { method: "POST", path, startsOperation: false, concernsSigning: true };
    const { hit, changed } = decideFault(faults, asked);
    for (const fault of changed) store.faults.put(fault);
    return hit !== undefined && "signing" in hit.effect ? hit.effect.signing : undefined;
  }

  private certificateOf(request: SigningRequest): number | null {
    return lastCertificateId(this.options, [request]);
  }

  /** The command line's time; otherwise Qwilt's real time on a frozen clock, and a short one on a running clock. */
  private issueMs({ csrId, issuance }: SigningRequest): number {
    const { issueMs, isClockFrozen, rules } = this.options;
    return issuance?.durationMs ?? issueMs ?? (isClockFrozen() ? usualIssueMs(csrId) : rules.issueMs);
  }

  private move(request: SigningRequest, event: SigningEvent): SigningRequest {
    return this.keep(moveRequest(request, event));
  }

  private keep(request: SigningRequest): SigningRequest {
    this.options.store.signingRequests.put(request);
    return request;
  }

  private scheduleNext(request: SigningRequest, part: number): SigningRequest {
    const { fromMs, durationMs } = request.issuance ?? { fromMs: request.createdAtMs, durationMs: 0 };
    this.schedule(request, eventKinds.next, fromMs + Math.floor(durationMs * part));
    return request;
  }

  private schedule(request: SigningRequest, kind: string, dueAtMs: number): void {
    this.options.store.events.schedule({ dueAtMs, subject: subjectOf(request), kind });
  }

  private cancel(request: SigningRequest): void {
    this.options.store.events.cancel(subjectOf(request));
  }
}

function subjectOf({ csrId }: SigningRequest): string {
  return `csr ${csrId}`;
}
