import type { DatabaseSync } from "node:sqlite";
import type { ApiKey } from "../domain/api-key.ts";
import type { Certificate } from "../domain/certificate.ts";
import type { CertificateMaterial } from "../domain/certificate-material.ts";
import type { CertificateTemplate } from "../domain/certificate-template.ts";
import { isRunning, type PublishingOperation } from "../domain/publishing-operation.ts";
import type { SigningRequest } from "../domain/signing-request.ts";
import type { Site } from "../domain/site.ts";
import type { SiteConfiguration } from "../domain/site-configuration.ts";
import type { Fault } from "../faults/fault.ts";
import { openDatabase } from "./database.ts";
import { Documents } from "./documents.ts";
import { EdgeHistory } from "./edge-history.ts";
import { Events } from "./events.ts";
import { Ledger } from "./ledger.ts";
import { Meta } from "./meta.ts";
import { Snapshots } from "./snapshots.ts";

/** A login token. The text itself is not stored. */
export interface LoginToken {
  /** SHA-256 of the text, hex. */
  readonly tokenHash: string;
  readonly username: string;
  readonly organisation: string;
  readonly expiresAtMs: number;
}

/** All stored data of the emulator. There is no SQL outside this folder. */
export class Store {
  readonly meta: Meta;
  readonly sites: Documents<Site>;
  readonly configurations: Documents<SiteConfiguration>;
  readonly operations: Documents<PublishingOperation>;
  readonly certificates: Documents<Certificate>;
  readonly materials: Documents<CertificateMaterial>;
  readonly templates: Documents<CertificateTemplate>;
  readonly signingRequests: Documents<SigningRequest>;
  readonly apiKeys: Documents<ApiKey>;
  readonly tokens: Documents<LoginToken>;
  readonly faults: Documents<Fault>;
  readonly events: Events;
  readonly edgeHistory: EdgeHistory;
  readonly ledger: Ledger;
  readonly snapshots: Snapshots;
  private readonly database: DatabaseSync;

  /** @param directory where `emulator.db` is stored; undefined: in memory */
  constructor(directory: string | undefined) {
    const database = openDatabase(directory);
    this.database = database;
    this.meta = new Meta(database);
    this.sites = new Documents(database, "sites", (site) => ({
      id: site.siteId,
      organisation: site.organisation,
      site_name: site.siteName,
      certificate_id: site.linkedCertificateId,
    }));
    this.configurations = new Documents(database, "configurations", ({ revisionId, siteId }) => ({
      id: revisionId,
      site_id: siteId,
    }));
    this.operations = new Documents(database, "operations", (operation) => ({
      id: operation.publishId,
      site_id: operation.siteId,
      is_active: operation.isActive ? 1 : 0,
      is_running: isRunning(operation) ? 1 : 0,
    }));
    this.certificates = new Documents(database, "certificates", ({ certificateId, organisation, csrId }) => ({
      id: certificateId,
      organisation,
      csr_id: csrId,
    }));
    this.materials = new Documents(database, "materials", ({ materialId, certificateId, fingerprint }) => ({
      id: materialId,
      certificate_id: certificateId,
      fingerprint,
    }));
    this.templates = new Documents(database, "templates", ({ templateId, organisation }) => ({
      id: templateId,
      organisation,
    }));
    this.signingRequests = new Documents(database, "signing_requests", (request) => ({
      id: request.csrId,
      organisation: request.organisation,
      template_id: request.templateId,
      state: request.signingState,
    }));
    this.apiKeys = new Documents(database, "api_keys", ({ keyId, organisation, tokenHash }) => ({
      id: keyId,
      organisation,
      token_hash: tokenHash,
    }));
    this.tokens = new Documents(database, "tokens", ({ tokenHash, expiresAtMs }) => ({
      id: tokenHash,
      expires_at_ms: expiresAtMs,
    }));
    this.faults = new Documents(database, "faults", ({ id }) => ({ id }));
    this.events = new Events(database);
    this.edgeHistory = new EdgeHistory(database);
    this.ledger = new Ledger(database);
    this.snapshots = new Snapshots(database);
  }

  /** Runs a change in a transaction: if it throws, nothing has changed. Transactions do not nest. */
  transaction<Result>(change: () => Result): Result {
    this.database.exec("BEGIN IMMEDIATE");
    try {
      const result = change();
      this.database.exec("COMMIT");
      return result;
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.database.close();
  }
}
