CREATE TABLE accepted_anchors (
  chain TEXT NOT NULL,
  seq INTEGER NOT NULL,
  head TEXT NOT NULL,
  PRIMARY KEY (chain, seq, head)
) STRICT, WITHOUT ROWID;

CREATE TABLE admissions (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  subject TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  next_probe_at_ms INTEGER,
  PRIMARY KEY (run_id, subject)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE bindings (
  identity TEXT NOT NULL,
  role TEXT NOT NULL,
  selector TEXT NOT NULL,
  PRIMARY KEY (identity, role, selector)
) STRICT, WITHOUT ROWID;

CREATE TABLE certificates (
  serial TEXT PRIMARY KEY,
  identity TEXT NOT NULL,
  issued_at_ms INTEGER NOT NULL,
  not_after_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX certificates_by_identity ON certificates (identity, not_after_ms);

CREATE TABLE chains (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  chain TEXT NOT NULL UNIQUE,
  seq INTEGER NOT NULL,
  head TEXT NOT NULL
) STRICT;

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

CREATE TABLE claims (
  cluster TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  writer TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (cluster, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE cluster_labels (
  cluster TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (cluster, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE clusters (
  cluster TEXT PRIMARY KEY,
  engine TEXT NOT NULL,
  database_id TEXT NOT NULL UNIQUE,
  expected_members INTEGER NOT NULL,
  instances TEXT NOT NULL,
  adopted_at_ms INTEGER NOT NULL
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

CREATE TABLE given_orders (
  order_id TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL,
  writer TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE hosts (
  host TEXT PRIMARY KEY,
  seen TEXT NOT NULL,
  last_seen_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE identities (
  identity TEXT PRIMARY KEY,
  enrolled_at_ms INTEGER,
  revoked_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE ordered_hosts (
  cluster TEXT NOT NULL,
  host TEXT NOT NULL,
  PRIMARY KEY (cluster, host)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
  order_id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  state TEXT NOT NULL CHECK (state IN ('dispatched', 'ended', 'unknown')),
  order_json TEXT NOT NULL,
  receipt_json TEXT
) STRICT;

CREATE INDEX orders_by_run ON orders (run_id);

CREATE INDEX orders_open ON orders (run_id) WHERE state <> 'ended';

CREATE TABLE "plans" (
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
, made_from TEXT) STRICT;

CREATE INDEX plans_by_cluster ON plans (cluster, made_at_ms);

CREATE INDEX plans_by_engine ON plans (engine, made_at_ms);

CREATE INDEX plans_by_time ON plans (made_at_ms);

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

CREATE TABLE removed_runs (
  run_id TEXT PRIMARY KEY,
  plan_id TEXT NOT NULL UNIQUE,
  cluster TEXT NOT NULL,
  state TEXT NOT NULL,
  ended_at_ms INTEGER NOT NULL,
  removed_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rule_choices (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  engine TEXT NOT NULL,
  digest TEXT,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL
) STRICT;

CREATE INDEX rule_choices_by_engine ON rule_choices (engine, ordinal);

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

CREATE TABLE run_numbers (
  last INTEGER NOT NULL
) STRICT;

CREATE TABLE "runs" (
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

CREATE UNIQUE INDEX runs_active ON runs (cluster) WHERE state = 'active';

CREATE INDEX runs_by_cluster ON runs (cluster, listed_at_ms);

CREATE INDEX runs_by_engine ON runs (engine, listed_at_ms);

CREATE INDEX runs_by_state ON runs (state, listed_at_ms);

CREATE INDEX runs_by_time ON runs (listed_at_ms);

CREATE TABLE tokens (
  hash TEXT PRIMARY KEY,
  identity TEXT NOT NULL REFERENCES identities (identity) DEFERRABLE INITIALLY DEFERRED,
  expires_at_ms INTEGER NOT NULL,
  role TEXT,
  selector TEXT NOT NULL,
  key_digest TEXT,
  used_at_ms INTEGER
) STRICT, WITHOUT ROWID;
