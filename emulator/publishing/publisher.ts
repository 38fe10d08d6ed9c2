import type { Assumptions } from "../assumptions.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import { coversHost } from "../domain/certificate-material.ts";
import { configuredHosts } from "../domain/host-index.ts";
import {
  changeOperation,
  expectedState,
  type Finding,
  isRunning,
  type OperationEvent,
  type Outcome,
  type PublishingOperation,
  type TakenCertificate,
  type Target,
} from "../domain/publishing-operation.ts";
import type { Site } from "../domain/site.ts";
import type { SiteConfiguration } from "../domain/site-configuration.ts";
import { uuid } from "../ids.ts";
import type { DueEvent } from "../store/events.ts";
import type { Store } from "../store/store.ts";
import type { EdgeState } from "./edge-state.ts";

export interface StartOperation {
  readonly site: Site;
  readonly target: Target;
  readonly username: string;
  /** Set by a fault; "success" without one. */
  readonly outcome: Outcome;
}

export interface PublisherOptions {
  readonly store: Store;
  readonly edge: EdgeState;
  readonly rules: Assumptions;
  /** Milliseconds from a request to Success. */
  readonly publishMs: number;
}

/** Starts, carries out and cancels publishing operations. Every method runs inside a transaction of the store. */
export class Publisher {
  private readonly store: Store;
  private readonly edge: EdgeState;
  private readonly rules: Assumptions;
  private readonly validationMs: number;
  private readonly rollOutMs: number;
  private readonly listeners: ((ended: PublishingOperation, now: number) => void)[] = [];

  constructor({ store, edge, rules, publishMs }: PublisherOptions) {
    this.store = store;
    this.edge = edge;
    this.rules = rules;
    this.validationMs = Math.min(Math.floor(publishMs / 4), rules.longestValidationMs);
    this.rollOutMs = publishMs - this.validationMs;
  }

  publish(wanted: StartOperation, revision: SiteConfiguration, now: number): PublishingOperation {
    return this.start(wanted, revision, "Publish", now);
  }

  /** Publishes the revision that is live on the target again, with the certificate that is linked now. */
  republish(wanted: StartOperation, now: number): PublishingOperation {
    return this.start(wanted, this.liveRevision(wanted), "Publish", now);
  }

  unpublish(wanted: StartOperation, now: number): PublishingOperation {
    return this.start(wanted, this.liveRevision(wanted), "Unpublish", now);
  }

  cancel(operation: PublishingOperation, now: number): PublishingOperation {
    this.store.events.cancel(operation.publishId);
    const ended = this.change(operation, { kind: "cancel" }, now);
    this.startNext(ended, now);
    return ended;
  }

  /** Called by the clock. */
  onEvent(event: DueEvent): void {
    const now = event.dueAtMs;
    const operation = this.store.operations.get(event.subject);
    if (operation === undefined) return;
    if (event.kind === "publish-validated") this.validated(operation, now);
    if (event.kind === "publish-rolled-out") this.rolledOut(operation, now);
  }

  /** @param listener is called for each operation that has ended, during the change that ended it */
  onEnded(listener: (ended: PublishingOperation, now: number) => void): void {
    this.listeners.push(listener);
  }

  /** Whether an operation may start now (U12, U13). */
  mayStart(siteId: string, target: Target): boolean {
    return this.inTheWay(siteId, target) === undefined;
  }

  /** Whether a target is published, or will be once all operations in progress have succeeded. */
  willBeLive(siteId: string, target: Target): boolean {
    return expectedState(this.active(siteId, target), this.running(siteId, target)) !== undefined;
  }

  /** Whether anything is published on a target or about to be. */
  isInUse(siteId: string): boolean {
    return this.store.operations
      .list({ site_id: siteId })
      .some((operation) => isRunning(operation) || (operation.isActive && operation.operationType === "Publish"));
  }

  active(siteId: string, target: Target): PublishingOperation | undefined {
    return this.store.operations
      .list({ site_id: siteId, is_active: 1 })
      .find((operation) => operation.target === target);
  }

  private start(
    { site, target, username, outcome }: StartOperation,
    revision: SiteConfiguration,
    operationType: "Publish" | "Unpublish",
    now: number,
  ): PublishingOperation {
    this.refuseWhileBusy(site.siteId, target);
    const certificate = operationType === "Publish" ? this.linked(site) : null;
    const hosts = configuredHosts(revision.hostIndex, site.routingMethod);
    const uncovered = operationType === "Publish" ? this.uncovered(revision, site, certificate) : [];
    const planned = uncovered.length > 0 ? "invalid" : outcome;
    const operation: PublishingOperation = {
      publishId: uuid("publish", (name) => this.store.meta.next(name)),
      siteId: site.siteId,
      organisation: site.organisation,
      revisionId: revision.revisionId,
      configLastModifiedMs: revision.createdAtMs,
      target,
      operationType,
      username,
      createdAtMs: now,
      updatedAtMs: now,
      phase: "validating",
      outcome: planned,
      isActive: false,
      activation: null,
      hosts: hosts.map(({ host, withSubdomains }) => ({ host, withSubdomains })),
      certificate,
      findings: uncovered,
    };
    this.store.operations.put(operation);
    const dueAtMs = now + this.validationMs;
    this.store.events.schedule({ dueAtMs, subject: operation.publishId, kind: "publish-validated" });
    return operation;
  }

  private inTheWay(siteId: string, target: Target): PublishingOperation | undefined {
    const running = this.running(siteId, this.rules.targets === "independent" ? target : undefined);
    return running.find(({ phase }) => phase === "validating" || this.rules.operationWhileRunning === "refuse");
  }

  /** U12, U13. */
  private refuseWhileBusy(siteId: string, target: Target): void {
    const inTheWay = this.inTheWay(siteId, target);
    if (inTheWay === undefined) return;
    throw new ApiProblem(
      409,
      `Operation ${inTheWay.publishId} is in progress for target ${inTheWay.target}. Wait for its end or cancel it.`,
    );
  }

  /** U14: the revision that is published, or will be once the operations in progress have ended. */
  private liveRevision({ site, target }: StartOperation): SiteConfiguration {
    const state = expectedState(this.active(site.siteId, target), this.running(site.siteId, target));
    const revision = state && this.store.configurations.get(state.revisionId);
    if (revision === undefined) {
      throw new ApiProblem(this.rules.notPublishedStatus, `Site ${site.siteId} is not published on target ${target}.`);
    }
    return revision;
  }

  private linked(site: Site): TakenCertificate | null {
    if (site.linkedCertificateId === null) return null;
    const certificate = this.store.certificates.get(site.linkedCertificateId);
    return certificate === undefined
      ? null
      : { certificateId: certificate.certificateId, materialId: certificate.materialId };
  }

  /** Secured hosts that are not covered, as findings; empty unless the assumption is to refuse them. */
  private uncovered(revision: SiteConfiguration, site: Site, taken: TakenCertificate | null): readonly Finding[] {
    if (this.rules.uncoveredHost === "accept") return [];
    const material = taken === null ? undefined : this.store.materials.get(taken.materialId);
    return configuredHosts(revision.hostIndex, site.routingMethod).flatMap(({ host, secured, withSubdomains }) => {
      // 4.5: without an ACL, a host is secured as soon as a certificate is linked.
      if (!(secured ?? material !== undefined)) return [];
      if (material !== undefined && coversHost(material.certificatePem, host, withSubdomains)) return [];
      const reason = material === undefined ? "no certificate is linked" : "the linked certificate does not cover it";
      return [{ message: `Host ${host} is configured for secured traffic and ${reason}.`, path: `hosts.${host}` }];
    });
  }

  private running(siteId: string, target: Target | undefined): readonly PublishingOperation[] {
    return this.store.operations
      .list({ site_id: siteId, is_running: 1 })
      .filter((operation) => target === undefined || operation.target === target);
  }

  private validated(operation: PublishingOperation, now: number): void {
    const earlierRuns = this.running(operation.siteId, operation.target).some(
      ({ phase }) => phase === "rolling-out" || phase === "queued",
    );
    const next = this.change(operation, { kind: "validated", earlierRuns }, now);
    this.scheduleRollOut(next, now);
  }

  private rolledOut(requested: PublishingOperation, now: number): void {
    const site = this.store.sites.get(requested.siteId);
    const late = this.rules.certificateTaken === "when-taking-effect" && requested.operationType === "Publish";
    const operation = late && site !== undefined ? { ...requested, certificate: this.linked(site) } : requested;
    const activation = this.store.meta.next("activation");
    const ended = this.change(operation, { kind: "rolled-out", activation }, now);
    if (ended.isActive) {
      for (const other of this.store.operations.list({ site_id: ended.siteId, is_active: 1 })) {
        if (other.target !== ended.target || other.publishId === ended.publishId) continue;
        this.change(other, { kind: "replaced" }, now);
      }
      this.edge.update(now);
    }
    this.startNext(ended, now);
  }

  /** Operations of one target take effect one after the other, in the order of their requests. */
  private startNext(ended: PublishingOperation, now: number): void {
    const running = this.running(ended.siteId, ended.target);
    if (running.some(({ phase }) => phase === "rolling-out")) return;
    const queued = running.find(({ phase }) => phase === "queued");
    if (queued !== undefined) this.scheduleRollOut(this.change(queued, { kind: "turn-came" }, now), now);
  }

  private scheduleRollOut(operation: PublishingOperation, now: number): void {
    if (operation.phase !== "rolling-out" || operation.outcome === "stuck") return;
    const dueAtMs = now + this.rollOutMs;
    this.store.events.schedule({ dueAtMs, subject: operation.publishId, kind: "publish-rolled-out" });
  }

  private change(operation: PublishingOperation, event: OperationEvent, now: number): PublishingOperation {
    const changed = changeOperation(operation, event, now);
    if (changed !== operation) this.store.operations.put(changed);
    if (isRunning(operation) && !isRunning(changed)) for (const tell of this.listeners) tell(changed, now);
    return changed;
  }
}
