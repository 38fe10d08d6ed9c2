import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Named values of the whole emulator: clock, counters, organization. */
export class Meta {
  private readonly read: StatementSync;
  private readonly write: StatementSync;
  private readonly increment: StatementSync;

  constructor(database: DatabaseSync) {
    this.read = database.prepare("SELECT value FROM meta WHERE name = ?");
    this.write = database.prepare(
      "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    );
    this.increment = database.prepare(
      `INSERT INTO meta (name, value) VALUES (?, '1')
       ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value`,
    );
  }

  get(name: string): string | undefined {
    const value = this.read.get(name)?.value;
    return typeof value === "string" ? value : undefined;
  }

  set(name: string, value: string): void {
    this.write.run(name, value);
  }

  /** 1 at the first call for a name, then one more each time. */
  next(name: string): number {
    return Number(this.increment.get(`counter ${name}`)?.value);
  }
}
