/** The journal's tables, numbered and append only: a released step is never edited. */
export const schemaSteps: readonly string[] = [
  `
  CREATE TABLE entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX entries_by_order ON entries (order_id, seq);

  CREATE TABLE orders (
    order_id TEXT PRIMARY KEY,
    phase TEXT NOT NULL,
    accepted_seq INTEGER NOT NULL,
    state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX orders_open ON orders (accepted_seq) WHERE phase IN ('accepted', 'begun', 'reverting');

  CREATE TABLE fences (
    cluster TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    writer TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE untold (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('report', 'intervention')),
    order_id TEXT,
    body TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE INDEX orders_by_cluster ON orders (state ->> '$.order.cluster', accepted_seq) WHERE state ->> '$.order.run' <> 'local';
  `,
  // Orders of releases that did not write down who gave them: the one whose fence they carried.
  `
  UPDATE orders
     SET state = json_set(state, '$.order.given', json_object('epoch', state -> '$.order.epoch', 'writer', state ->> '$.order.writer'))
   WHERE state -> '$.order.given' IS NULL;
  `,
  `
  CREATE INDEX downtimes_by_instance ON orders (state ->> '$.order.target.instance', state ->> '$.order.run')
   WHERE state ->> '$.order.body.kind' = 'downtime';
  `,
  // What the controller signed of its audit log: one of each chain.
  `
  CREATE TABLE checkpoints (
    chain TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
