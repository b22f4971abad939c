/** A snapshot looked at: whether everything is there that a server needs to start from it. */
import { join } from 'node:path';
import type { DriverContext, SnapshotMade } from '../../../common/driver.ts';
import type { Taken } from '../../kit/host/snapshots/snapshots.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import { controlFile, parseBackupLabel, segmentsBetween } from '../wal.ts';
import { madeNotes } from './take.ts';

const probeMs = 30_000;
const namesAtOnce = 200;

export async function listBackup({ context, folder, made }: Taken): Promise<Answer> {
  const wrong = await whatIsWrong(context, folder.path, made);
  const { startLsn, stopLsn } = madeNotes(made);
  return [wrong === null, wrong ?? `the label is there and all WAL from ${startLsn} to ${stopLsn}`];
}

async function whatIsWrong(context: DriverContext, path: string, made: SnapshotMade): Promise<string | null> {
  const { host } = context;
  const notes = madeNotes(made);
  const label = parseBackupLabel((await host.readText(join(path, 'data', 'backup_label'))) ?? '');
  if (label?.startLsn !== notes.startLsn || label.timeline !== notes.timeline) return 'backup_label is missing or not its own';
  for (const file of ['PG_VERSION', controlFile]) {
    const [size] = await sizesOf(context, [join(path, 'data', file)]);
    if (size === undefined || size === 0) return `data/${file} is missing`;
  }
  const map = (await host.readText(join(path, 'data', 'tablespace_map'))) ?? '';
  const unmapped = notes.tablespaces.find(({ oid }) => !map.split('\n').some((line) => line.startsWith(`${oid} `)));
  if (unmapped !== undefined) return `tablespace ${unmapped.oid} is not in tablespace_map`;
  for (const { folder } of made.places) if ((await host.listDir(join(path, folder))) === null) return `${folder} is missing`;
  const segments = segmentsBetween(notes.timeline, notes.startLsn, notes.stopLsn, notes.segmentBytes);
  for (let at = 0; at < segments.length; at += namesAtOnce) {
    const some = segments.slice(at, at + namesAtOnce);
    const sizes = await sizesOf(
      context,
      some.map((name) => join(path, notes.walFolder, name)),
    );
    const short = some.find((_, index) => sizes[index] !== notes.segmentBytes);
    if (short !== undefined || sizes.length !== some.length) return `WAL segment ${short ?? some[0]} is missing or cut off`;
  }
  return null;
}

/** Empty when one of them is not there. */
async function sizesOf({ host }: DriverContext, paths: readonly string[]): Promise<readonly number[]> {
  const { exitCode, stdout } = await host.run(['stat', '--format=%s', '--', ...paths], { timeoutMs: probeMs });
  return exitCode === 0 ? stdout.trim().split('\n').map(Number) : [];
}
