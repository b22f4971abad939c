/** Consistent copies of a store: of the one that a controller works on, and of one that nobody holds. */
import { existsSync } from 'node:fs';
import type BetterSqlite from 'better-sqlite3';
import type { StoreHoldings } from '../../common/documents/backup.ts';
import { fail } from '../../common/failure.ts';
import { inspectStore } from './inspect.ts';
import { openAlone } from './open-database.ts';

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
