import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Something that happens by itself when the clock reaches a time. */
export interface DueEvent {
  readonly dueAtMs: number;
  /** Id of the object it happens to. */
  readonly subject: string;
  readonly kind: string;
}

export class Events {
  private readonly insert: StatementSync;
  private readonly earliest: StatementSync;
  private readonly remove: StatementSync;
  private readonly removeSubject: StatementSync;

  constructor(database: DatabaseSync) {
    this.insert = database.prepare("INSERT INTO events (due_at_ms, subject, kind) VALUES (?, ?, ?)");
    this.earliest = database.prepare("SELECT * FROM events ORDER BY due_at_ms, seq LIMIT 1");
    this.remove = database.prepare("DELETE FROM events WHERE seq = ?");
    this.removeSubject = database.prepare("DELETE FROM events WHERE subject = ?");
  }

  schedule(event: DueEvent): void {
    this.insert.run(event.dueAtMs, event.subject, event.kind);
  }

  cancel(subject: string): void {
    this.removeSubject.run(subject);
  }

  nextDueAtMs(): number | undefined {
    const row = this.earliest.get();
    return row === undefined ? undefined : Number(row.due_at_ms);
  }

  /** Takes the earliest event that is due. Events of the same time come in the order in which they were scheduled. */
  takeDue(now: number): DueEvent | undefined {
    const row = this.earliest.get();
    if (row === undefined || Number(row.due_at_ms) > now) return undefined;
    this.remove.run(Number(row.seq));
    return { dueAtMs: Number(row.due_at_ms), subject: String(row.subject), kind: String(row.kind) };
  }
}
