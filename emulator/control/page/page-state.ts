/** What the page shows. It contains no keys and no request bodies. */
import type { EmulatorContext } from "../../context.ts";
import { type CertificateStatus, certificateStatus } from "../../domain/certificate.ts";
import { isRunning, type PublishingOperation, type Target, targets } from "../../domain/publishing-operation.ts";
import type { Site } from "../../domain/site.ts";
import type { Fault } from "../../faults/fault.ts";
import type { LedgerRow } from "../../store/ledger.ts";

export interface PageState {
  readonly nowMs: number;
  readonly frozen: boolean;
  readonly sites: readonly SiteState[];
  /** The newest ones; those in use first. */
  readonly certificates: readonly CertificateState[];
  readonly moreCertificates: number;
  /** Newest first. */
  readonly requests: readonly Pick<LedgerRow, "seq" | "at" | "method" | "path" | "status" | "actor" | "fault">[];
  /** That can still affect a request. */
  readonly faults: readonly Fault[];
}

export interface SiteState {
  readonly siteId: string;
  readonly siteName: string;
  readonly isDeleted: boolean;
  readonly linkedCertificateId: number | null;
  readonly newestRevision: { readonly revisionId: string; readonly revisionNumber: number } | null;
  readonly edges: readonly EdgeOfSite[];
}

export interface EdgeOfSite {
  readonly target: Target;
  /** Null where the site is not published. */
  readonly live: {
    readonly revisionId: string;
    readonly hosts: readonly { readonly host: string; readonly certificateId: number | null }[];
  } | null;
  readonly running: readonly Operation[];
  /** The newest operation, if it did not succeed. */
  readonly failed: Operation | null;
}

export type Operation = Pick<PublishingOperation, "operationType" | "phase" | "revisionId" | "updatedAtMs"> & {
  readonly certificateId: number | null;
};

export interface CertificateState {
  readonly certificateId: number;
  readonly domain: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly status: CertificateStatus;
}

const mostCertificates = 100;
const mostRequests = 30;

export function pageState({ store, clock, edge }: EmulatorContext): PageState {
  const nowMs = clock.now();
  const served = new Map(edge.rows().map((row) => [`${row.target} ${row.host}`, row.certificateId]));
  const certificates = store.certificates.list().flatMap(({ certificateId, materialId, revoked }) => {
    const material = store.materials.get(materialId);
    if (material === undefined) return [];
    const { domain, notBeforeMs, notAfterMs } = material;
    const status = certificateStatus({ revoked, notAfterMs, served: edge.serves(certificateId) }, nowMs);
    return [{ certificateId, domain, notBeforeMs, notAfterMs, status }];
  });
  const inUse = (certificate: CertificateState) => (edge.serves(certificate.certificateId) ? 0 : 1);
  const shown = certificates.toReversed().toSorted((one, other) => inUse(one) - inUse(other));
  return {
    nowMs,
    frozen: clock.isFrozen(),
    sites: store.sites.list().map((site) => ({
      siteId: site.siteId,
      siteName: site.siteName,
      isDeleted: site.isDeleted,
      linkedCertificateId: site.linkedCertificateId,
      newestRevision: store.configurations.list({ site_id: site.siteId }).at(-1) ?? null,
      edges: edgesOf(site, store.operations.list({ site_id: site.siteId }), served),
    })),
    certificates: shown.slice(0, mostCertificates),
    moreCertificates: Math.max(0, shown.length - mostCertificates),
    requests: store.ledger.newest(mostRequests),
    faults: store.faults.list().filter(({ match, hits }) => hits < (match.times ?? 1)),
  };
}

function edgesOf(
  site: Site,
  operations: readonly PublishingOperation[],
  served: ReadonlyMap<string, number | null>,
): readonly EdgeOfSite[] {
  return targets.map((target) => {
    const own = operations.filter((operation) => operation.target === target && operation.siteId === site.siteId);
    const active = own.find(({ isActive, operationType }) => isActive && operationType === "Publish");
    const newest = own.at(-1);
    const hasFailed = newest !== undefined && !isRunning(newest) && newest.phase !== "succeeded";
    return {
      target,
      live:
        active === undefined
          ? null
          : {
              revisionId: active.revisionId,
              hosts: active.hosts.map(({ host }) => ({ host, certificateId: served.get(`${target} ${host}`) ?? null })),
            },
      running: own.filter(isRunning).map(shortened),
      failed: hasFailed ? shortened(newest) : null,
    };
  });
}

function shortened(operation: PublishingOperation): Operation {
  const { operationType, phase, revisionId, updatedAtMs, certificate } = operation;
  return { operationType, phase, revisionId, updatedAtMs, certificateId: certificate?.certificateId ?? null };
}
