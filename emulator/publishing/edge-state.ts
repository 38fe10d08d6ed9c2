import { type EdgeView, edgeChanges, edgeView, lookupName } from "../domain/edge-view.ts";
import type { TakenCertificate, Target } from "../domain/publishing-operation.ts";
import type { ServedCertificate } from "../edge/edge-listener.ts";
import type { EdgeHistoryRow } from "../store/edge-history.ts";
import type { Store } from "../store/store.ts";

/** What is served now, kept up to date with the active operations. */
export class EdgeState {
  private readonly store: Store;
  private view: EdgeView = new Map();
  private served: ReadonlySet<number> = new Set();
  private readonly materials = new Map<number, ServedCertificate>();

  constructor(store: Store) {
    this.store = store;
    this.reload();
  }

  /** Reads the state again: after a start, a restore, or a change that was rolled back. */
  reload(): void {
    const active = this.store.operations.list({ is_active: 1 });
    this.view = edgeView(active);
    this.served = new Set(
      active.flatMap(({ operationType, certificate }) =>
        operationType === "Publish" && certificate !== null ? [certificate.certificateId] : [],
      ),
    );
    this.materials.clear();
  }

  /** Applies a change of the active operations, and records what it changed for each name. */
  update(now: number): void {
    const before = this.view;
    this.reload();
    for (const change of edgeChanges(before, this.view)) {
      this.store.edgeHistory.add({ at: new Date(now).toISOString(), ...this.row(change) });
    }
  }

  /** Whether a published site uses the certificate (docs/qwilt-api.md 5.3, `ACTIVE`). */
  serves(certificateId: number): boolean {
    return this.served.has(certificateId);
  }

  lookup(name: string, target: Target): ServedCertificate | undefined {
    const taken = lookupName(this.view, target, name)?.certificate;
    if (taken === undefined || taken === null) return undefined;
    const known = this.materials.get(taken.materialId);
    if (known !== undefined) return known;
    const material = this.store.materials.get(taken.materialId);
    if (material === undefined) return undefined;
    const { certificateId, certificatePem, chainPem, keyPem } = material;
    const certificate = { certificateId, certificatePem, chainPem, keyPem };
    this.materials.set(taken.materialId, certificate);
    return certificate;
  }

  /** Names with a certificate; by target, then host. */
  rows(): readonly Omit<EdgeHistoryRow, "at">[] {
    return [...this.view.values()]
      .filter((name) => name.certificate !== null)
      .sort((a, b) => (`${a.target} ${a.host}` < `${b.target} ${b.host}` ? -1 : 1))
      .map((name) => this.row(name));
  }

  private row(name: {
    readonly host: string;
    readonly target: Target;
    readonly certificate: TakenCertificate | null;
  }): Omit<EdgeHistoryRow, "at"> {
    const { host, target, certificate } = name;
    const material = certificate === null ? undefined : this.store.materials.get(certificate.materialId);
    return {
      host,
      target,
      certificateId: certificate?.certificateId ?? null,
      fingerprint: material?.fingerprint ?? null,
      notAfter: material === undefined ? null : new Date(material.notAfterMs).toISOString(),
    };
  }
}
