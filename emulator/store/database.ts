import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { migrations } from "./schema.ts";

/**
 * Opens `DIR/emulator.db`. Without a directory: a database that SQLite keeps in memory, moves to an unnamed file when
 * its ledger grows, and discards when it is closed.
 *
 * WAL without a sync per commit survives a killed process, since the operating system has the pages. The lock is
 * exclusive: two emulators on one directory would overwrite each other's clock.
 */
export function openDatabase(directory: string | undefined): DatabaseSync {
  if (directory === undefined) return migrated(new DatabaseSync(""));
  makeFolder(directory);
  const file = join(directory, "emulator.db");
  const database = new DatabaseSync(file);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    return migrated(database);
  } catch (cause) {
    database.close();
    const locked = cause instanceof Error && /locked/.test(cause.message);
    throw locked ? new Error(`${file} is in use by another emulator.`, { cause }) : cause;
  }
}

/** One level at a time: with `recursive`, Node loops forever where the system allows no folder, such as below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another emulator may have created it meanwhile.
    if (!existsSync(path)) throw error;
  }
}

function migrated(database: DatabaseSync): DatabaseSync {
  const row = database.prepare("PRAGMA user_version").get();
  const done = Number(row?.user_version ?? 0);
  if (done > migrations.length) throw new Error(`The data was written by a newer emulator (version ${done}).`);
  database.exec("BEGIN IMMEDIATE");
  for (const migration of migrations.slice(done)) database.exec(migration);
  database.exec(`PRAGMA user_version = ${migrations.length}`);
  database.exec("COMMIT");
  return database;
}
