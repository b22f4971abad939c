/**
 * Installs the servers of the other PostgreSQL majors that tests run: `npx tsx scripts/install-postgres.ts`; nothing when all are there.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail, printFailure, toFailure } from '../common/failure.ts';
import { findPostgres, majorsCacheDir, majorsFor, majorsPackageDir, majorVersions } from '../demo/postgres/releases.ts';

function findAll(): void {
  for (const major of majorsFor()) for (const version of majorVersions[major]) findPostgres(version);
}

function areThere(): boolean {
  try {
    findAll();
    return true;
  } catch {
    return false;
  }
}

function install(): void {
  const dir = majorsCacheDir();
  console.error(`installing PostgreSQL ${majorsFor().join(', ')} in ${dir}: about 280 MB are fetched`);
  mkdirSync(dir, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(majorsPackageDir, name), join(dir, name));
  const { status } = spawnSync('npm', ['ci'], { cwd: dir, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw fail('failed', 'install-failed', `npm ci in ${dir} ended with ${status}`);
  // Optional dependencies may be missing all the same: the first of them is named.
  findAll();
}

try {
  if (!areThere()) install();
} catch (thrown) {
  console.error(printFailure(toFailure(thrown)));
  process.exitCode = 1;
}
