/** Opens the store's file: alone (or it names who holds it), by a driver and a SQLite that are sound, with pragmas that were obeyed, and brought to the newest schema with a backup before. */

import { closeSync, fstatSync, openSync, readFileSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import BetterSqlite from 'better-sqlite3';
import { fail } from '../../common/failure.ts';
import { fileObstacle, unwritableReason } from '../../common/file-obstacle.ts';
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
  const remedy = 'fix it, or set another stateDir in the settings';
  return fail('refused', 'store-unusable', `store ${file} cannot be opened: ${why}; ${remedy}`);
}

/** Two controllers on one file would both command. The lock is the system's: it goes with the process, however that ends. */
function takeForOurselves(database: BetterSqlite.Database): void {
  database.pragma('locking_mode = EXCLUSIVE');
  database.exec('BEGIN EXCLUSIVE; COMMIT');
}

/** Which process it is can be told on Linux, of those that may be seen. */
export function storeInUse(file: string): Error {
  const holder = holderOf(file) ?? 'another process';
  return fail('refused', 'store-in-use', `store ${file} is held by ${holder}: another controller uses it, stop that one first`);
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
    if (dangling[0] !== undefined)
      throw storeDamaged(file, `a row of ${dangling[0].table} refers to a missing row of ${dangling[0].parent}`);
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

/** Older builds can lose committed transactions when a checkpoint races a write (the WAL-reset bug of SQLite 3.7.0 to 3.51.2). */
export const oldestSqlite = '3.51.3';

export function checkSqliteVersion(file: string, version: string): void {
  if (compareDotted(version, oldestSqlite) >= 0) return;
  throw fail(
    'refused',
    'sqlite-too-old',
    `store ${file}: SQLite ${version} can lose committed events; ${oldestSqlite} or newer is required; install the pinned better-sqlite3`,
  );
}

function compareDotted(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Reads the pragmas back instead of trusting that they were set: a build or a file system may refuse them silently. */
export function checkPragmas(file: string, database: BetterSqlite.Database): void {
  const journal = String(database.pragma('journal_mode', { simple: true }));
  const synchronous = Number(database.pragma('synchronous', { simple: true }));
  if (journal === 'wal' && synchronous === 2) return;
  throw fail(
    'refused',
    'store-not-durable',
    `store ${file}: journal_mode is ${journal} and synchronous is ${synchronous}, expected wal and 2 (FULL); if it is on a network file system, move it to a local disk`,
  );
}

export function checkSound(file: string, database: BetterSqlite.Database): void {
  const verdict = String(database.pragma('quick_check(1)', { simple: true }));
  if (verdict !== 'ok') throw storeDamaged(file, verdict);
}

export function storeDamaged(file: string, why: string): Error {
  return fail('refused', 'store-damaged', `store ${file} is damaged (${why}): restore it from a backup, nothing was changed`);
}

export function checkSchemaVersion(file: string, found: number, known: number): void {
  if (found <= known) return;
  throw fail(
    'refused',
    'store-too-new',
    `store ${file} was written by a newer Drydock (schema ${found}, this one supports up to ${known}): install that version again, nothing was changed`,
  );
}

/** `process 1234 (drydock-controller --settings …)`; null: none, or it cannot be told here. */
export function holderOf(file: string): string | null {
  try {
    const { dev, ino } = statSync(file);
    const place = `${hex(major(dev))}:${hex(minor(dev))}:${ino}`;
    const lock = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find(([, kind, , access, , locked]) => kind === 'POSIX' && access === 'WRITE' && locked === place);
    const pid = Number(lock?.[4]);
    return pid > 0 ? `process ${pid}${commandOf(pid)}` : null;
  } catch {
    return null;
  }
}

// As glibc packs them into one number.
const major = (dev: number): number => Number((BigInt(dev) >> 8n) & 0xfffn);
const minor = (dev: number): number => Number((BigInt(dev) & 0xffn) | ((BigInt(dev) >> 12n) & 0xfff00n));
const hex = (number: number): string => number.toString(16).padStart(2, '0');

const longestCommand = 200;

function commandOf(pid: number): string {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ');
    return argv === '' ? '' : ` (${argv.replace(/\p{Cc}/gu, ' ').slice(0, longestCommand)})`;
  } catch {
    return '';
  }
}
