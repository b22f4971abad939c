/** Opens the store's file: alone, checked, and brought to the newest schema with a backup before. */
import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import BetterSqlite from 'better-sqlite3';
import { fail } from '../../common/failure.ts';
import { fileObstacle } from '../../common/file-obstacle.ts';
import { unwritableReason } from '../../common/full-disk.ts';
import { checkPragmas, checkSchemaVersion, checkSound, checkSqliteVersion, storeDamaged } from './checks.ts';
import { holderOf } from './holder.ts';
import { storeUnwritable } from './writability.ts';

/** Throws FailureError(refused; failed where the disk is full) with a sentence that names the file; a file that is refused is left as it was. */
export function openDatabase(file: string, migrations: readonly string[]): BetterSqlite.Database {
  checkSchemaVersion(file, versionInHeader(file), migrations.length);
  return openChecked(file, (database) => {
    checkSqliteVersion(file, String(database.prepare('SELECT sqlite_version()').pluck().get()));
    // Again, because a newer version may still be in the write-ahead log and not in the header.
    checkSchemaVersion(file, userVersion(database), migrations.length);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    checkPragmas(file, database);
    checkSound(file, database);
    migrate(file, database, migrations);
  });
}

/** As it is, held against every other process; nothing is proven or migrated. Throws FailureError as openDatabase does. */
export function openAlone(file: string): BetterSqlite.Database {
  return openChecked(file, () => {});
}

function openChecked(file: string, check: (database: BetterSqlite.Database) => void): BetterSqlite.Database {
  const database = connect(file);
  try {
    takeForOurselves(database);
    check(database);
    return database;
  } catch (error) {
    database.close();
    const obstacle = isUnopened(error) ? fileObstacle(file) : null;
    if (obstacle !== null) throw unopened(file, obstacle);
    const why = unwritableReason(file, error);
    if (why !== null) throw storeUnwritable(file, why);
    if (!(error instanceof BetterSqlite.SqliteError)) throw error;
    throw error.code.startsWith('SQLITE_BUSY') ? storeInUse(file) : storeDamaged(file, error.message);
  }
}

function connect(file: string): BetterSqlite.Database {
  try {
    // No waiting for another holder: it would be a second controller.
    return new BetterSqlite(file, { timeout: 0 });
  } catch (error) {
    throw unopened(file, fileObstacle(file) ?? (error as Error).message);
  }
}

const isUnopened = (error: unknown) => error instanceof BetterSqlite.SqliteError && /^SQLITE_(CANTOPEN|IOERR)/.test(error.code);

function unopened(file: string, why: string): Error {
  const remedy = 'set right what is there, or name another stateDir in the settings';
  return fail('refused', 'store-unusable', `store ${file} cannot be opened: ${why}; ${remedy}`);
}

/** Two controllers on one file would both command. The lock is the system's: it goes with the process, however that ends. */
function takeForOurselves(database: BetterSqlite.Database): void {
  database.pragma('locking_mode = EXCLUSIVE');
  database.exec('BEGIN EXCLUSIVE; COMMIT');
}

/** Which process it is can be told on Linux, of whoever may be seen. */
export function storeInUse(file: string): Error {
  const holder = holderOf(file) ?? 'another process';
  return fail('refused', 'store-in-use', `store ${file} is held by ${holder}: a controller runs on it already, stop that one first`);
}

/** Whether it begins as SQLite's files do; SQLite itself throws the log of any other file away. */
export function isSqlite(file: string): boolean {
  const magic = Buffer.from('SQLite format 3\0');
  const begin = Buffer.alloc(magic.length);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, begin, 0, begin.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return begin.equals(magic);
}

/** Bytes 60 to 63 of the file hold `user_version`; read without SQLite, so that a newer file is not even opened. */
export function versionInHeader(file: string): number {
  const header = Buffer.alloc(100);
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return 0;
  }
  try {
    if (!fstatSync(descriptor).isFile()) return 0;
    return readSync(descriptor, header, 0, 100, 0) === 100 && header.toString('latin1', 0, 15) === 'SQLite format 3'
      ? header.readUInt32BE(60)
      : 0;
  } finally {
    closeSync(descriptor);
  }
}

function userVersion(database: BetterSqlite.Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

/**
 * All steps that are missing in one transaction: a file is of the old schema or of the new one. References are checked at its end and not
 * within: a step may put another table in the place of one that is referred to.
 */
function migrate(file: string, database: BetterSqlite.Database, migrations: readonly string[]): void {
  const from = userVersion(database);
  if (from === migrations.length) return;
  if (from > 0) backUp(file, database, from);
  database.pragma('foreign_keys = OFF');
  database.transaction(() => {
    for (const step of migrations.slice(from)) database.exec(step);
    const dangling = database.pragma('foreign_key_check') as readonly { readonly table: string; readonly parent: string }[];
    if (dangling[0] !== undefined) throw storeDamaged(file, `a row of ${dangling[0].table} refers to nothing in ${dangling[0].parent}`);
    database.pragma(`user_version = ${migrations.length}`);
  })();
  database.pragma('foreign_keys = ON');
}

function backUp(file: string, database: BetterSqlite.Database, version: number): void {
  const backup = `${file}.before-v${version + 1}`;
  const partial = `${backup}.partial`;
  rmSync(partial, { force: true });
  database.prepare('VACUUM INTO ?').run(partial);
  renameSync(partial, backup);
}
