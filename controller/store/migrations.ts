/**
 * The schema as numbered steps, append only: a released step is never changed, because files out there were made by it.
 * The number of steps that a file has seen is its `user_version`. The result is checked in as test/store/schema.sql.
 */
export const migrations: readonly string[] = [
  `
CREATE TABLE chains (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  chain TEXT NOT NULL UNIQUE,
  seq INTEGER NOT NULL,
  head TEXT NOT NULL
) STRICT;

CREATE TABLE events (
  chain TEXT NOT NULL REFERENCES chains (chain),
  seq INTEGER NOT NULL,
  v INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  body TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (chain, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE clusters (
  cluster TEXT PRIMARY KEY,
  engine TEXT NOT NULL,
  database_id TEXT NOT NULL UNIQUE,
  expected_members INTEGER NOT NULL,
  instances TEXT NOT NULL,
  adopted_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE claims (
  cluster TEXT NOT NULL REFERENCES clusters (cluster),
  epoch INTEGER NOT NULL,
  writer TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (cluster, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE releases (
  engine TEXT NOT NULL,
  version TEXT NOT NULL,
  arch TEXT NOT NULL,
  release TEXT NOT NULL,
  artifacts TEXT NOT NULL,
  file_names TEXT NOT NULL,
  added_at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  PRIMARY KEY (engine, version, arch)
) STRICT;

CREATE TABLE run_numbers (
  last INTEGER NOT NULL
) STRICT;
INSERT INTO run_numbers (last) VALUES (0);

CREATE TABLE plans (
  plan_id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  json TEXT NOT NULL,
  digest TEXT NOT NULL,
  made_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE runs (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL REFERENCES plans (plan_id),
  cluster TEXT NOT NULL,
  state TEXT NOT NULL,
  status_json TEXT NOT NULL,
  cursor INTEGER NOT NULL
) STRICT;

CREATE TABLE orders (
  order_id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  state TEXT NOT NULL CHECK (state IN ('dispatched', 'ended', 'unknown')),
  order_json TEXT NOT NULL,
  receipt_json TEXT
) STRICT;
CREATE INDEX orders_open ON orders (run_id) WHERE state <> 'ended';

CREATE TABLE admissions (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  subject TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  next_look_at_ms INTEGER,
  PRIMARY KEY (run_id, subject)
) STRICT, WITHOUT ROWID;
`,
  `
CREATE TABLE rule_packs (
  engine TEXT NOT NULL,
  digest TEXT NOT NULL,
  version INTEGER NOT NULL,
  file_name TEXT NOT NULL,
  text TEXT NOT NULL,
  imported_at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  PRIMARY KEY (engine, digest)
) STRICT;

CREATE TABLE rule_choices (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  engine TEXT NOT NULL,
  digest TEXT,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL
) STRICT;
CREATE INDEX rule_choices_by_engine ON rule_choices (engine, ordinal);
`,
  // Claims outlive the adoption of their cluster: an epoch is never given twice, whatever was forgotten.
  `
ALTER TABLE claims RENAME TO claims_before;
CREATE TABLE claims (
  cluster TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  writer TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (cluster, epoch)
) STRICT, WITHOUT ROWID;
INSERT INTO claims SELECT cluster, epoch, writer, at_ms FROM claims_before;
DROP TABLE claims_before;

CREATE TABLE hosts (
  host TEXT PRIMARY KEY,
  seen TEXT NOT NULL,
  last_seen_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
  // What other stores claimed and gave, as agents hold it: a store that was put back writes it down once a person says so.
  `
CREATE TABLE adopted_fences (
  cluster TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  writer TEXT NOT NULL,
  PRIMARY KEY (cluster, epoch, writer)
) STRICT, WITHOUT ROWID;

CREATE TABLE adopted_orders (
  order_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  writer TEXT NOT NULL,
  order_json TEXT NOT NULL,
  receipt_json TEXT,
  PRIMARY KEY (order_id, epoch, writer)
) STRICT, WITHOUT ROWID;
`,
  // What lists show stands in columns of its own, before the texts that grow; a plan that is not approved has no run.
  `
CREATE TABLE plans_now (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  plan_id TEXT NOT NULL UNIQUE,
  run_id TEXT UNIQUE,
  cluster TEXT NOT NULL,
  engine TEXT NOT NULL,
  from_version TEXT NOT NULL,
  to_version TEXT NOT NULL,
  direction TEXT NOT NULL,
  goal TEXT NOT NULL,
  digest TEXT NOT NULL,
  actor TEXT NOT NULL,
  made_at_ms INTEGER NOT NULL,
  json TEXT NOT NULL
) STRICT;
INSERT INTO plans_now (plan_id, run_id, cluster, engine, from_version, to_version, direction, goal, digest, actor, made_at_ms, json)
  SELECT plan_id, run_id, json ->> '$.cluster', json ->> '$.engine', json ->> '$.from', json ->> '$.to', json ->> '$.direction',
    json -> '$.goal', digest,
    coalesce((SELECT body ->> '$.actor' FROM events WHERE events.chain = plans.run_id AND events.seq = 1), ''), made_at_ms, json
  FROM plans ORDER BY made_at_ms, plan_id;

CREATE TABLE runs_now (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL REFERENCES plans (plan_id),
  cluster TEXT NOT NULL,
  engine TEXT NOT NULL,
  state TEXT NOT NULL,
  listed_at_ms INTEGER NOT NULL,
  started_at_ms INTEGER,
  ended_at_ms INTEGER,
  end_reason TEXT,
  cursor INTEGER NOT NULL,
  status_json TEXT NOT NULL
) STRICT;
INSERT INTO runs_now
  SELECT ordinal, run_id, plan_id, cluster, (SELECT engine FROM plans_now WHERE plans_now.plan_id = runs.plan_id), state,
    coalesce(
      (SELECT min(at_ms) FROM events WHERE chain = run_id AND body ->> '$.type' = 'run-started'),
      (SELECT at_ms FROM events WHERE chain = run_id AND seq = 1),
      0),
    (SELECT min(at_ms) FROM events WHERE chain = run_id AND body ->> '$.type' = 'run-started'),
    (SELECT max(at_ms) FROM events WHERE chain = run_id AND body ->> '$.type' = 'run-ended'),
    status_json ->> '$.endReason', cursor, status_json
  FROM runs;

DROP TABLE runs;
DROP TABLE plans;
ALTER TABLE plans_now RENAME TO plans;
ALTER TABLE runs_now RENAME TO runs;
CREATE INDEX plans_by_time ON plans (made_at_ms);
CREATE INDEX plans_by_cluster ON plans (cluster, made_at_ms);
CREATE INDEX plans_by_engine ON plans (engine, made_at_ms);
CREATE INDEX runs_by_time ON runs (listed_at_ms);
CREATE INDEX runs_by_cluster ON runs (cluster, listed_at_ms);
CREATE INDEX runs_by_engine ON runs (engine, listed_at_ms);
CREATE INDEX runs_by_state ON runs (state, listed_at_ms);
`,
  `
CREATE TABLE cluster_labels (
  cluster TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (cluster, key)
) STRICT, WITHOUT ROWID;
`,
  // Of the fold that made the status; all before were of the first one.
  `
ALTER TABLE runs ADD COLUMN fold_version INTEGER NOT NULL DEFAULT 1;
`,
  // Who may connect, and what people may do.
  `
CREATE TABLE identities (
  identity TEXT PRIMARY KEY,
  enrolled_at_ms INTEGER,
  revoked_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  hash TEXT PRIMARY KEY,
  identity TEXT NOT NULL REFERENCES identities (identity) DEFERRABLE INITIALLY DEFERRED,
  expires_at_ms INTEGER NOT NULL,
  role TEXT,
  selector TEXT NOT NULL,
  key_digest TEXT,
  used_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE certificates (
  serial TEXT PRIMARY KEY,
  identity TEXT NOT NULL,
  issued_at_ms INTEGER NOT NULL,
  not_after_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX certificates_by_identity ON certificates (identity, not_after_ms);

CREATE TABLE bindings (
  identity TEXT NOT NULL,
  role TEXT NOT NULL,
  selector TEXT NOT NULL,
  PRIMARY KEY (identity, role, selector)
) STRICT, WITHOUT ROWID;
`,
  // The status is not written at each event any more: status_cursor is the event that it was folded up to. What lists show stands before it. A
  // cluster has one active run.
  `
CREATE TABLE runs_now (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL REFERENCES plans (plan_id),
  cluster TEXT NOT NULL,
  engine TEXT NOT NULL,
  state TEXT NOT NULL,
  listed_at_ms INTEGER NOT NULL,
  started_at_ms INTEGER,
  ended_at_ms INTEGER,
  end_reason TEXT,
  holds INTEGER NOT NULL,
  cursor INTEGER NOT NULL,
  fold_version INTEGER NOT NULL,
  status_cursor INTEGER NOT NULL,
  status_json TEXT NOT NULL
) STRICT;
INSERT INTO runs_now
  SELECT ordinal, run_id, plan_id, cluster, engine, state, listed_at_ms, started_at_ms, ended_at_ms, end_reason,
    CASE WHEN state IN ('active', 'unfinalized') THEN coalesce(json_array_length(status_json, '$.holds'), 0) ELSE 0 END,
    cursor, fold_version, cursor, status_json
  FROM runs;
DROP TABLE runs;
ALTER TABLE runs_now RENAME TO runs;
CREATE INDEX runs_by_time ON runs (listed_at_ms);
CREATE INDEX runs_by_cluster ON runs (cluster, listed_at_ms);
CREATE INDEX runs_by_engine ON runs (engine, listed_at_ms);
CREATE INDEX runs_by_state ON runs (state, listed_at_ms);
CREATE UNIQUE INDEX runs_active ON runs (cluster) WHERE state = 'active';
CREATE INDEX orders_by_run ON orders (run_id);
`,
  // From where plans were asked for.
  `
ALTER TABLE plans ADD COLUMN made_from TEXT;
`,
  // Signed statements of how far each chain had come, and those of other histories that a person let stand.
  `
CREATE TABLE checkpoints (
  chain TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  head TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  number INTEGER NOT NULL UNIQUE,
  chains INTEGER NOT NULL,
  key TEXT NOT NULL,
  signature TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accepted_anchors (
  chain TEXT NOT NULL,
  seq INTEGER NOT NULL,
  head TEXT NOT NULL,
  PRIMARY KEY (chain, seq, head)
) STRICT, WITHOUT ROWID;
`,
  // What retention leaves of runs: that they were there, and which orders this store gave to whom.
  `
CREATE TABLE removed_runs (
  run_id TEXT PRIMARY KEY,
  plan_id TEXT NOT NULL UNIQUE,
  cluster TEXT NOT NULL,
  state TEXT NOT NULL,
  ended_at_ms INTEGER NOT NULL,
  removed_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE given_orders (
  order_id TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL,
  writer TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ordered_hosts (
  cluster TEXT NOT NULL,
  host TEXT NOT NULL,
  PRIMARY KEY (cluster, host)
) STRICT, WITHOUT ROWID;
`,
  'ALTER TABLE admissions RENAME COLUMN next_look_at_ms TO next_probe_at_ms;\n',
];
