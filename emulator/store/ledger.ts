import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";

/** One API request. */
export interface LedgerRow {
  readonly seq: number;
  /** ISO 8601, on the emulator's clock. */
  readonly at: string;
  readonly method: string;
  /** What the client sent: request target, double slashes and query included. */
  readonly path: string;
  /** Template such as `/api/v2/sites/{siteId}`; empty if there is no such route. */
  readonly route: string;
  /** 0 if the connection was cut before anything was done. */
  readonly status: number;
  /** The request body with keys and secrets hidden; null if there is none. */
  readonly body: unknown;
  /** User name, or `api-key:` and the id of the key; null for a caller without valid credentials. */
  readonly actor: string | null;
  /** Only on rows that a fault affected. */
  readonly fault?: unknown;
}

export interface LedgerEntry {
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly route: string;
  readonly status: number;
  readonly body: unknown;
  readonly actor: string | null;
  readonly fault: unknown;
}

export class Ledger {
  private readonly insert: StatementSync;
  private readonly since: StatementSync;
  private readonly last: StatementSync;
  private readonly empty: StatementSync;

  constructor(database: DatabaseSync) {
    this.insert = database.prepare(
      "INSERT INTO ledger (at_ms, method, path, route, status, body, actor, fault) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.since = database.prepare("SELECT * FROM ledger WHERE seq > ? ORDER BY seq");
    this.last = database.prepare("SELECT * FROM ledger ORDER BY seq DESC LIMIT ?");
    this.empty = database.prepare("DELETE FROM ledger");
  }

  add(entry: LedgerEntry): void {
    const { atMs, method, path, route, status, actor } = entry;
    this.insert.run(atMs, method, path, route, status, toText(entry.body), actor, toText(entry.fault));
  }

  /** Rows after a sequence number, oldest first. Numbers continue after `clear`. */
  rows(sinceSeq: number): readonly LedgerRow[] {
    return this.since.all(sinceSeq).map(toRow);
  }

  /** The last rows, newest first. */
  newest(count: number): readonly LedgerRow[] {
    return this.last.all(count).map(toRow);
  }

  clear(): void {
    this.empty.run();
  }
}

function toRow(row: Record<string, SQLOutputValue>): LedgerRow {
  return {
    seq: Number(row.seq),
    at: new Date(Number(row.at_ms)).toISOString(),
    method: String(row.method),
    path: String(row.path),
    route: String(row.route),
    status: Number(row.status),
    body: fromText(row.body),
    actor: row.actor === null ? null : String(row.actor),
    ...(row.fault === null ? {} : { fault: fromText(row.fault) }),
  };
}

function toText(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function fromText(value: unknown): unknown {
  return typeof value === "string" ? JSON.parse(value) : null;
}
