/**
 * The schema, one entry per version. A database stores how many have been applied (`user_version`); the rest is applied
 * at the next start. Entries are never changed, only added.
 *
 * Objects are stored as JSON in `body`; the other columns are for lookups. `seq` is the order of creation, which is the
 * order of lists (U34), and survives updates.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE sites (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    organisation TEXT NOT NULL, site_name TEXT NOT NULL, certificate_id INTEGER, body TEXT NOT NULL,
    UNIQUE (organisation, site_name)
  );
  CREATE INDEX sites_certificate ON sites (certificate_id);

  CREATE TABLE configurations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, site_id TEXT NOT NULL, body TEXT NOT NULL
  );
  CREATE INDEX configurations_site ON configurations (site_id);

  CREATE TABLE operations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    site_id TEXT NOT NULL, is_active INTEGER NOT NULL, is_running INTEGER NOT NULL, body TEXT NOT NULL
  );
  CREATE INDEX operations_active ON operations (is_active);
  CREATE INDEX operations_running ON operations (site_id, is_running);

  CREATE TABLE certificates (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL UNIQUE, organisation TEXT NOT NULL, body TEXT NOT NULL
  );
  CREATE INDEX certificates_organisation ON certificates (organisation);

  CREATE TABLE materials (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL UNIQUE,
    certificate_id INTEGER NOT NULL, fingerprint TEXT NOT NULL, body TEXT NOT NULL
  );

  CREATE TABLE api_keys (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    organisation TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE, body TEXT NOT NULL
  );

  CREATE TABLE tokens (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, expires_at_ms INTEGER NOT NULL, body TEXT NOT NULL
  );

  CREATE TABLE faults (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL);

  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, due_at_ms INTEGER NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL
  );
  CREATE INDEX events_due ON events (due_at_ms, seq);

  CREATE TABLE edge_history (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);

  CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    route TEXT NOT NULL, status INTEGER NOT NULL, body TEXT, actor TEXT, fault TEXT
  );

  CREATE TABLE snapshots (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
  `,
  `
  CREATE TABLE templates (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL UNIQUE, organisation TEXT NOT NULL, body TEXT NOT NULL
  );
  CREATE INDEX templates_organisation ON templates (organisation);

  CREATE TABLE signing_requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL UNIQUE,
    organisation TEXT NOT NULL, template_id INTEGER NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL
  );
  CREATE INDEX signing_requests_template ON signing_requests (template_id);
  CREATE INDEX signing_requests_state ON signing_requests (state);

  ALTER TABLE certificates ADD COLUMN csr_id INTEGER;
  CREATE INDEX certificates_csr ON certificates (csr_id);
  `,
];

/** What a snapshot contains and a reset empties: everything but the snapshots. */
export const dataTables: readonly string[] = [
  "meta",
  "sites",
  "configurations",
  "operations",
  "certificates",
  "materials",
  "templates",
  "signing_requests",
  "api_keys",
  "tokens",
  "faults",
  "events",
  "edge_history",
  "ledger",
];
