/** Exports an emulator's data as text, and creates an emulator's data folder from such a text. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { dataTables, migrations } from "../../emulator/store/schema.ts";

type Row = Readonly<Record<string, SQLInputValue | object>>;

export interface EmulatorContents {
  /** The schema version of the rows; a later emulator migrates them to its own. */
  readonly schema: number;
  readonly tables: Readonly<Record<string, readonly Row[]>>;
}

/** Where SQLite keeps the last number of each table, so that ids are not used again. */
const SEQUENCES = "sqlite_sequence";

/** @param folder `--data` of an emulator that has ended */
export function readContents(folder: string): EmulatorContents {
  const database = new DatabaseSync(join(folder, "emulator.db"));
  try {
    const tables = [...dataTables, SEQUENCES];
    return {
      schema: Number(database.prepare("PRAGMA user_version").get()?.user_version),
      tables: Object.fromEntries(
        tables.map((table) => [table, database.prepare(`SELECT * FROM ${table}`).all().map(opened)]),
      ),
    };
  } finally {
    database.close();
  }
}

/**
 * An emulator that is started with `--data` on this folder continues where the recorded one stopped, with the same API
 * key.
 */
export function writeContents(folder: string, { schema, tables }: EmulatorContents): void {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, "emulator.db"));
  try {
    for (const migration of migrations.slice(0, schema)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${schema}`);
    for (const [table, rows] of Object.entries(tables)) {
      if (table !== SEQUENCES) for (const row of rows) insert(database, table, row);
    }
    database.exec(`DELETE FROM ${SEQUENCES}`);
    for (const row of tables[SEQUENCES] ?? []) insert(database, SEQUENCES, row);
  } finally {
    database.close();
  }
}

/** Bodies are JSON in a column: as objects they can be reviewed. */
function opened(row: Readonly<Record<string, unknown>>): Row {
  const plain = row as Row;
  return typeof plain.body === "string" ? { ...plain, body: JSON.parse(plain.body) as object } : plain;
}

function insert(database: DatabaseSync, table: string, row: Row): void {
  const names = Object.keys(row);
  const values = Object.values(row).map((value) => (isColumn(value) ? value : JSON.stringify(value)));
  const places = names.map(() => "?").join(", ");
  database.prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${places})`).run(...values);
}

function isColumn(value: SQLInputValue | object): value is SQLInputValue {
  return value === null || typeof value !== "object" || value instanceof Uint8Array;
}
