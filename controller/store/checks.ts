/** What must be so before a store file is trusted: the right driver for this Node, a sound SQLite, and pragmas that were obeyed. */
import type BetterSqlite from 'better-sqlite3';
import { fail } from '../../common/failure.ts';

/** Older builds can lose committed transactions when a checkpoint races a write (the WAL-reset bug of SQLite 3.7.0 to 3.51.2). */
export const oldestSqlite = '3.51.3';

export function checkSqliteVersion(file: string, version: string): void {
  if (compareDotted(version, oldestSqlite) >= 0) return;
  throw fail(
    'refused',
    'sqlite-too-old',
    `store ${file}: SQLite ${version} can lose committed events; ${oldestSqlite} or newer is needed, install the pinned better-sqlite3`,
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
    `store ${file}: journal_mode is ${journal} and synchronous is ${synchronous}, wanted wal and 2 (FULL); is it on a network file system? Move it to a local disk`,
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
    `store ${file} was written by a newer Drydock (schema ${found}, this one knows up to ${known}): install that version again, nothing was changed`,
  );
}
