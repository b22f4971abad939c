/** Backups of the store, and how one is put into its place. */

import { chmodSync, chownSync, constants, copyFileSync, existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import type { StoreHoldings } from '../../common/documents/administration.ts';
import { FailureError, fail } from '../../common/failure.ts';
import { unwritableReason } from '../../common/file-obstacle.ts';
import { failureOfWrite, makeFolderSync, sync } from '../../common/files.ts';
import { Chains } from './chain.ts';
import { migrations } from './migrations.ts';
import { holderOf, isSqlite, openAlone, storeInUse, versionInHeader } from './open-database.ts';

/** How messages name the file that is inspected, and what they advise. */
interface Subject {
  /** `backup /var/backups/drydock.db` */
  readonly called: string;
  readonly advice: string;
}

/**
 * The file must be no other's; afterwards it needs no other file beside it. Throws FailureError(refused): `not-a-store`, `store-too-new`,
 * `store-damaged`, `audit-broken`.
 */
function inspectStore(file: string, subject: Subject): StoreHoldings {
  if (!isSqlite(file)) throw notAStore(subject, 'it is not an SQLite database');
  refuseNewer(subject, versionInHeader(file));
  let database: BetterSqlite.Database | null = null;
  try {
    database = new BetterSqlite(file, { timeout: 0, fileMustExist: true });
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = DELETE');
    refuseNewer(subject, Number(database.pragma('user_version', { simple: true })));
    refuseUnsound(subject, database);
    return holdingsOf(subject, database);
  } catch (thrown) {
    if (!(thrown instanceof BetterSqlite.SqliteError) || unwritableReason(file, thrown) !== null) throw thrown;
    throw damaged(subject, thrown.message);
  } finally {
    database?.close();
  }
}

function refuseNewer({ called }: Subject, schema: number): void {
  if (schema <= migrations.length) return;
  throw fail(
    'refused',
    'store-too-new',
    `${called} was written by a newer Drydock (schema ${schema}, this one supports up to ${migrations.length}): use that version; nothing was changed`,
  );
}

function refuseUnsound(subject: Subject, database: BetterSqlite.Database): void {
  const verdict = String(database.pragma('integrity_check(1)', { simple: true }));
  if (verdict !== 'ok') throw damaged(subject, verdict);
  const known = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  const missing = ['chains', 'events', 'clusters', 'claims', 'plans', 'runs', 'orders'].filter((table) => !known.includes(table));
  if (missing.length > 0) throw notAStore(subject, `it has no table ${missing[0]}`);
  if ((database.pragma('foreign_key_check') as unknown[]).length > 0) throw damaged(subject, 'rows refer to missing rows');
}

function holdingsOf(subject: Subject, database: BetterSqlite.Database): StoreHoldings {
  const chains = new Chains(database).verify();
  const broken = chains.find(({ ok }) => !ok);
  if (broken !== undefined)
    throw fail('refused', 'audit-broken', `${subject.called}: audit chain ${broken.chain} is broken, ${broken.detail}; ${subject.advice}`);
  const count = (what: string) => Number(database.prepare(`SELECT count(*) FROM ${what}`).pluck().get());
  return {
    schema: Number(database.pragma('user_version', { simple: true })),
    runs: count("runs WHERE state NOT IN ('draft', 'approved')"),
    openRuns: count("runs WHERE state IN ('active', 'unfinalized')"),
    plans: count('plans'),
    clusters: database
      .prepare<[], { cluster: string; epoch: number | null }>(
        `SELECT clusters.cluster, max(claims.epoch) AS epoch FROM clusters LEFT JOIN claims ON claims.cluster = clusters.cluster
          GROUP BY clusters.cluster ORDER BY clusters.cluster`,
      )
      .all(),
    audit: {
      events: chains.reduce((sum, { events }) => sum + events, 0),
      chains: chains.map(({ chain, events, head }) => ({ chain, events, head })),
    },
  };
}

function notAStore({ called, advice }: Subject, why: string): FailureError {
  return fail('refused', 'not-a-store', `${called} is not a Drydock store: ${why}; ${advice}`);
}

function damaged({ called, advice }: Subject, why: string): FailureError {
  return fail('refused', 'store-damaged', `${called} is damaged (${why}); ${advice}`);
}

/** Fills a file while the store goes on being written, and proves what came out. Throws FailureError as inspectStore does. */
export async function copyStore(connection: BetterSqlite.Database, to: string): Promise<StoreHoldings> {
  let pages = 0;
  // In an open transaction of the store the library copies nothing and says that it is done.
  while (pages === 0) pages = (await connection.backup(to)).totalPages;
  return inspectStore(to, { called: `store ${connection.name}`, advice: 'nothing was written; use an earlier backup' });
}

/** The same of a store that no controller runs on. FailureError(not-found, `no-store`), FailureError(refused, `store-in-use`). */
export async function copyIdleStore(file: string, to: string): Promise<StoreHoldings> {
  if (!existsSync(file))
    throw fail('not-found', 'no-store', `store ${file} does not exist, so there is nothing to back up; check stateDir in the settings`);
  const connection = openAlone(file);
  try {
    return await copyStore(connection, to);
  } finally {
    connection.close();
  }
}

// Puts a backup in the place of a store that no process holds. Everything that is there stays, under another name; at every moment there is one whole
// store under the store's name, or none where there was none.

interface RestoreRequest {
  /** The store's path; its folder is made when it is missing. */
  readonly file: string;
  readonly from: string;
  /** Names what is kept aside. */
  readonly wallMs: number;
}

interface Restored {
  readonly holds: StoreHoldings;
  readonly keptAside: readonly string[];
}

/** What SQLite may keep beside a database; read with another database it would damage that one. */
const companions = ['-wal', '-shm', '-journal'] as const;

/**
 * Throws FailureError(refused) as inspectStore does, and `store-in-use`, `backup-is-the-store`; FailureError(not-found, `no-backup`);
 * FailureError(failed, `file-unwritable`, `store-unwritable`). The store that was there is in its place then.
 */
export function restoreStore({ file, from, wallMs }: RestoreRequest): Restored {
  refuseUseless(from, file);
  const partial = `${file}.restoring`;
  let old: OldStore | null = null;
  try {
    makeFolderSync(dirname(file), 0o700);
    old = holdOld(file);
    removeWithCompanions(partial);
    takeCopy(from, partial);
    const holds = inspectStore(partial, { called: `backup ${from}`, advice: 'use another backup; nothing was changed' });
    ownAs(dirname(file), partial);
    sync(partial);
    const keptAside = putInPlace(partial, file, old, wallMs);
    sync(dirname(file));
    return { holds, keptAside };
  } catch (thrown) {
    throw failureOfWrite('store', file, thrown);
  } finally {
    old?.lock?.close();
    removeWithCompanions(partial);
  }
}

function refuseUseless(from: string, file: string): void {
  const found = statSync(from, { throwIfNoEntry: false });
  if (found === undefined) throw fail('not-found', 'no-backup', `backup ${from} does not exist; nothing was changed`);
  if (!found.isFile()) throw fail('refused', 'not-a-store', `backup ${from} is not a file; give the file that the backup wrote`);
  const there = statSync(file, { throwIfNoEntry: false });
  if (there?.ino === found.ino && there.dev === found.dev)
    throw fail('refused', 'backup-is-the-store', `backup ${from} is the store itself; nothing was changed`);
}

/** lock null: it is damaged, and no controller would open it. */
interface OldStore {
  readonly lock: BetterSqlite.Database | null;
}

/** Held until the other one is in its place, so that no controller starts on it meanwhile; null: there is none. */
function holdOld(file: string): OldStore | null {
  if (!existsSync(file)) return null;
  if (!isSqlite(file)) return unlessHeld(file);
  let lock: BetterSqlite.Database | null = null;
  try {
    lock = openAlone(file);
    // All of it into the one file, so that its log need not go along.
    lock.pragma('wal_checkpoint(TRUNCATE)');
    return { lock };
  } catch (thrown) {
    lock?.close();
    const unsound =
      thrown instanceof BetterSqlite.SqliteError || (thrown instanceof FailureError && thrown.failure.code === 'store-damaged');
    if (!unsound) throw thrown;
    return unlessHeld(file);
  }
}

function unlessHeld(file: string): OldStore {
  if (holderOf(file) !== null) throw storeInUse(file);
  return { lock: null };
}

/** With its log, where somebody copied the files of a store instead of taking a backup. */
function takeCopy(from: string, partial: string): void {
  for (const companion of ['', '-wal', '-journal']) {
    if (companion !== '' && !existsSync(`${from}${companion}`)) continue;
    copyFileSync(`${from}${companion}`, `${partial}${companion}`, constants.COPYFILE_EXCL);
    chmodSync(`${partial}${companion}`, 0o600);
  }
}

/** Restored by root, it must still be the controller's own. */
function ownAs(folder: string, file: string): void {
  const { uid, gid } = statSync(folder);
  if (process.getuid?.() === 0) chownSync(file, uid, gid);
}

function putInPlace(partial: string, file: string, old: OldStore | null, wallMs: number): readonly string[] {
  const aside = `${file}.replaced-${new Date(wallMs).toISOString().replace(/[-:]|\.\d+/g, '')}`;
  const beside = companions.filter((companion) => existsSync(`${file}${companion}`));
  // Whatever lies beside has nothing more to say of a store whose log was emptied.
  const empty = (companion: string) => old?.lock != null && statSync(`${file}${companion}`).size === 0;
  const kept = beside.filter((companion) => !empty(companion));
  if (old !== null) linkSync(file, aside);
  for (const companion of kept) linkSync(`${file}${companion}`, `${aside}${companion}`);
  for (const companion of beside) rmSync(`${file}${companion}`);
  if (old === null) linkSync(partial, file);
  else renameSync(partial, file);
  return [...(old === null ? [] : [aside]), ...kept.map((companion) => `${aside}${companion}`)];
}

function removeWithCompanions(file: string): void {
  for (const companion of ['', ...companions]) rmSync(`${file}${companion}`, { force: true });
}
