import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Target } from "../domain/publishing-operation.ts";

/** A change of what a host serves. Nulls: nothing is served from then on. */
export interface EdgeHistoryRow {
  /** ISO 8601, on the emulator's clock. */
  readonly at: string;
  readonly host: string;
  readonly target: Target;
  readonly certificateId: number | null;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string | null;
  readonly notAfter: string | null;
}

export class EdgeHistory {
  private readonly insert: StatementSync;
  private readonly all: StatementSync;

  constructor(database: DatabaseSync) {
    this.insert = database.prepare("INSERT INTO edge_history (body) VALUES (?)");
    this.all = database.prepare("SELECT body FROM edge_history ORDER BY seq");
  }

  add(row: EdgeHistoryRow): void {
    this.insert.run(JSON.stringify(row));
  }

  rows(): readonly unknown[] {
    return this.all.all().map((row) => JSON.parse(String(row.body)));
  }
}
