/** What would keep the store from being opened, as far as it shows from outside: the file is neither opened as a database nor locked. */
import { statSync } from 'node:fs';
import { toFailure } from '../../common/failure.ts';
import { fileObstacle } from '../../common/file-obstacle.ts';
import { migrations } from './migrations.ts';
import { checkSchemaVersion, isSqlite, storeDamaged, versionInHeader } from './open-database.ts';

/** null: nothing, or there is no store yet. */
export function storeFault(file: string): string | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  const obstacle = fileObstacle(file);
  if (obstacle !== null) return `store ${file} cannot be opened: ${obstacle}; fix it, or set another stateDir in the settings`;
  try {
    if (stats.size > 0 && !isSqlite(file)) throw storeDamaged(file, 'it is not a database');
    checkSchemaVersion(file, versionInHeader(file), migrations.length);
    return null;
  } catch (thrown) {
    return toFailure(thrown).message;
  }
}
