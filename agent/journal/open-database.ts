/** Opens the journal's file and proves that it keeps its word: version of SQLite, write-ahead log, full synchronisation, soundness. */
import assert from 'node:assert';
import Database from 'better-sqlite3';
import { FailureError, fail } from '../../common/failure.ts';
import { fileObstacle, unwritableReason } from '../../common/file-obstacle.ts';
import { journalUnwritable } from './reserve.ts';

/** Older builds can lose committed transactions when a checkpoint races a write. */
const oldestSqlite = [3, 51, 3] as const;

/** A predecessor that is on its way out needs a moment. */
const lockWaitMs = 500;

/** Throws FailureError naming the file when it cannot be used. */
export function openDatabase(file: string): Database.Database {
  const database = connect(file);
  try {
    checkSqliteVersion(file, database);
    configure(database);
    checkSound(file, database);
    migrate(file, database);
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) throw inUse(file);
    const obstacle = isUnopened(error) ? fileObstacle(file) : null;
    if (obstacle !== null) throw unopened(file, obstacle);
    const why = unwritableReason(file, error);
    if (why !== null) throw new FailureError(journalUnwritable(file, why));
    if (error instanceof Database.SqliteError) throw notAJournal(file, error.message);
    throw error;
  }
}

function connect(file: string): Database.Database {
  try {
    return new Database(file, { timeout: lockWaitMs });
  } catch (error) {
    throw unopened(file, fileObstacle(file) ?? (error as Error).message);
  }
}

const isUnopened = (error: unknown) => error instanceof Database.SqliteError && /^SQLITE_(CANTOPEN|IOERR)/.test(error.code);

function unopened(file: string, why: string): Error {
  return fail('failed', 'journal-unusable', `journal ${file} cannot be opened: ${why}; fix it, or set another stateDir in the settings`);
}

function inUse(file: string): Error {
  return fail('failed', 'journal-in-use', `journal ${file} is locked by another process; is a second agent running on this host?`);
}

function notAJournal(file: string, why: string): Error {
  return fail(
    'failed',
    'journal-damaged',
    `journal ${file} cannot be read (${why}): restore it, or move it away and resolve the orders that were open on this host by hand`,
  );
}

function checkSqliteVersion(file: string, database: Database.Database): void {
  const version = String(database.prepare('SELECT sqlite_version()').pluck().get());
  const found = version.split('.').map(Number);
  for (const [index, least] of oldestSqlite.entries()) {
    const part = found[index] ?? 0;
    if (part > least) return;
    if (part < least)
      throw fail(
        'failed',
        'sqlite-too-old',
        `journal ${file}: SQLite ${version} may lose commits; ${oldestSqlite.join('.')} or newer is required`,
      );
  }
}

function configure(database: Database.Database): void {
  // Two agents on one journal would both act: the first one to write keeps the file to itself.
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  // The agent is a guest on the database's host: a small cache is enough for a few hundred rows.
  database.pragma('cache_size = -512');
  assert.equal(database.pragma('journal_mode', { simple: true }), 'wal', 'the journal needs a write-ahead log');
  assert.equal(database.pragma('synchronous', { simple: true }), 2, 'the journal needs synchronous = FULL');
}

function checkSound(file: string, database: Database.Database): void {
  const verdict = String(database.pragma('quick_check(1)', { simple: true }));
  if (verdict !== 'ok') throw notAJournal(file, verdict);
}

function migrate(file: string, database: Database.Database): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > schemaSteps.length)
    throw fail(
      'failed',
      'journal-too-new',
      `journal ${file} was written by a newer agent (schema ${version}, this one supports up to ${schemaSteps.length}): install that agent again`,
    );
  // Written even when nothing is to be done: from here on the file is ours alone.
  database.transaction(() => {
    database.pragma(`user_version = ${schemaSteps.length}`);
    for (const [index, step] of schemaSteps.entries()) {
      if (index < version) continue;
      database.exec(step);
    }
  })();
}

/** The journal's tables, numbered and append only: a released step is never edited. */
const schemaSteps: readonly string[] = [
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
  // Orders that were removed by retention: their ids, and of each cluster the place up to which the history has gaps.
  `
  CREATE INDEX orders_over ON orders (accepted_seq) WHERE phase IN ('acknowledged', 'forgotten');

  CREATE TABLE removed_orders (
    order_id TEXT PRIMARY KEY,
    removed_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE removed_until (
    cluster TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
