import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { isObject } from "../domain/json.ts";
import { dataTables } from "./schema.ts";

/** Where SQLite keeps the last number of each table. */
const sequences = "sqlite_sequence";

/** Copies of all data, stored with it. They survive a reset and, with `--data`, a restart. */
export class Snapshots {
  private readonly database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  /** @returns the id of the snapshot */
  take(): string {
    const tables = Object.fromEntries(
      [...dataTables, sequences].map((table) => [table, this.database.prepare(`SELECT * FROM ${table}`).all()]),
    );
    const run = this.database.prepare("INSERT INTO snapshots (body) VALUES (?)");
    return String(run.run(JSON.stringify({ tables })).lastInsertRowid);
  }

  /** @returns false if there is no such snapshot; then nothing has changed */
  restore(id: string): boolean {
    if (!/^\d{1,15}$/.test(id)) return false;
    const row = this.database.prepare("SELECT body FROM snapshots WHERE seq = ?").get(Number(id));
    const snapshot: unknown = typeof row?.body === "string" ? JSON.parse(row.body) : undefined;
    if (!isObject(snapshot) || !isObject(snapshot.tables)) return false;
    this.empty();
    for (const table of dataTables) {
      const rows = snapshot.tables[table];
      if (Array.isArray(rows)) for (const entry of rows) if (isObject(entry)) this.insert(table, entry);
    }
    this.restoreSequences(snapshot.tables[sequences]);
    return true;
  }

  /** Deletes everything but the snapshots. Sequence numbers start again. */
  empty(): void {
    for (const table of dataTables) {
      this.database.exec(`DELETE FROM ${table}`);
      this.database.prepare("DELETE FROM sqlite_sequence WHERE name = ?").run(table);
    }
  }

  /** Numbers used before the snapshot are not used again, even if their rows are deleted. */
  private restoreSequences(rows: unknown): void {
    if (!Array.isArray(rows)) return;
    for (const row of rows) {
      if (!isObject(row) || !dataTables.includes(String(row.name))) continue;
      this.database.prepare(`DELETE FROM ${sequences} WHERE name = ?`).run(String(row.name));
      this.insert(sequences, row);
    }
  }

  private insert(table: string, row: Readonly<Record<string, unknown>>): void {
    const names = Object.keys(row);
    const values = Object.values(row).map((value): SQLInputValue => {
      return typeof value === "string" || typeof value === "number" ? value : null;
    });
    this.database
      .prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`)
      .run(...values);
  }
}
