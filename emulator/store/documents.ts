import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

/** A table of objects stored as JSON, with columns for lookups. */
export class Documents<Thing> {
  private readonly database: DatabaseSync;
  private readonly table: string;
  private readonly columnsOf: (thing: Thing) => Readonly<Record<string, SQLInputValue>>;
  private readonly statements = new Map<string, StatementSync>();

  /** @param columnsOf `id` and the other columns of the table, without `seq` and `body` */
  constructor(
    database: DatabaseSync,
    table: string,
    columnsOf: (thing: Thing) => Readonly<Record<string, SQLInputValue>>,
  ) {
    this.database = database;
    this.table = table;
    this.columnsOf = columnsOf;
  }

  get(id: string | number): Thing | undefined {
    return this.first({ id });
  }

  first(where: Readonly<Record<string, SQLInputValue>>): Thing | undefined {
    return this.parse(this.select(where).get(...Object.values(where)));
  }

  /** In order of creation. */
  list(where: Readonly<Record<string, SQLInputValue>> = {}): readonly Thing[] {
    const found: Thing[] = [];
    for (const row of this.select(where).all(...Object.values(where))) {
      const thing = this.parse(row);
      if (thing !== undefined) found.push(thing);
    }
    return found;
  }

  has(where: Readonly<Record<string, SQLInputValue>>): boolean {
    return this.select(where).get(...Object.values(where)) !== undefined;
  }

  /** Inserts, or replaces the object with the same id, which keeps its place in lists. */
  put(thing: Thing): void {
    const columns = this.columnsOf(thing);
    const names = [...Object.keys(columns), "body"];
    const statement = this.prepare(
      `INSERT INTO ${this.table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})
       ON CONFLICT (id) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(", ")}`,
    );
    statement.run(...Object.values(columns), JSON.stringify(thing));
  }

  delete(where: Readonly<Record<string, SQLInputValue>>): void {
    this.prepare(`DELETE FROM ${this.table} ${clause(where)}`).run(...Object.values(where));
  }

  /** Deletes the objects whose column is below a number. */
  deleteBelow(column: string, limit: number): void {
    this.prepare(`DELETE FROM ${this.table} WHERE ${column} < ?`).run(limit);
  }

  private select(where: Readonly<Record<string, SQLInputValue>>): StatementSync {
    return this.prepare(`SELECT body FROM ${this.table} ${clause(where)} ORDER BY seq`);
  }

  private prepare(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.database.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }

  private parse(row: Readonly<Record<string, unknown>> | undefined): Thing | undefined {
    // Only `put` writes the column, so the text has the shape of a Thing.
    return typeof row?.body === "string" ? (JSON.parse(row.body) as Thing) : undefined;
  }
}

function clause(where: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(where);
  return names.length === 0 ? "" : `WHERE ${names.map((name) => `${name} = ?`).join(" AND ")}`;
}
