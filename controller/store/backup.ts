/** Consistent copies of a store, and what a file that may be one holds, after every proof that a file alone allows: sound, of a known schema, with whole audit chains. */

import { existsSync } from 'node:fs';
import BetterSqlite from 'better-sqlite3';
import type { StoreHoldings } from '../../common/documents/administration.ts';
import { type FailureError, fail } from '../../common/failure.ts';
import { unwritableReason } from '../../common/file-obstacle.ts';
import { Chains } from './chain.ts';
import { migrations } from './migrations.ts';
import { isSqlite, openAlone, versionInHeader } from './open-database.ts';

/** How messages name the file that is inspected, and what they advise. */
export interface Subject {
  /** `backup /var/backups/drydock.db` */
  readonly called: string;
  readonly advice: string;
}

/**
 * The file must be no other's; afterwards it needs no other file beside it. Throws FailureError(refused): `not-a-store`, `store-too-new`,
 * `store-damaged`, `audit-broken`.
 */
export function inspectStore(file: string, subject: Subject): StoreHoldings {
  if (!isSqlite(file)) throw notAStore(subject, 'it is no SQLite database');
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
    `${called} is of a newer Drydock (schema ${schema}, this one knows up to ${migrations.length}): use that version; nothing was changed`,
  );
}

function refuseUnsound(subject: Subject, database: BetterSqlite.Database): void {
  const verdict = String(database.pragma('integrity_check(1)', { simple: true }));
  if (verdict !== 'ok') throw damaged(subject, verdict);
  const known = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  const missing = ['chains', 'events', 'clusters', 'claims', 'plans', 'runs', 'orders'].filter((table) => !known.includes(table));
  if (missing.length > 0) throw notAStore(subject, `it has no table ${missing[0]}`);
  if ((database.pragma('foreign_key_check') as unknown[]).length > 0) throw damaged(subject, 'rows refer to rows that are missing');
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
  return inspectStore(to, { called: `store ${connection.name}`, advice: 'nothing was written; take an earlier backup' });
}

/** The same of a store that no controller runs on. FailureError(not-found, `no-store`), FailureError(refused, `store-in-use`). */
export async function copyIdleStore(file: string, to: string): Promise<StoreHoldings> {
  if (!existsSync(file))
    throw fail('not-found', 'no-store', `there is no store ${file}: nothing to back up; is stateDir of the settings the right folder?`);
  const connection = openAlone(file);
  try {
    return await copyStore(connection, to);
  } finally {
    connection.close();
  }
}
