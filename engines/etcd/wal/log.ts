/**
 * Whether the next minor can read this member's log. A server reads it again from its newest snapshot on when it starts, and 3.7 ends over
 * an entry of the form of 3.5: every start of a 3.5 server writes one, and only a snapshot, every 10,000 entries, sets them aside.
 * Tried: 3.5.35, 3.6.16, 3.7.3 in one go with fewer writes; the guide of 3.7 does not mention it.
 */
import { join } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import { recordsIn } from '../../kit/host/grown-files.ts';
import { flagValue, startedBy } from '../../kit/host/processes.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import { connectionOf } from '../connection.ts';
import { frameAt, judgeLog, keep, type LogSeen, type WalRecord } from './records.ts';

/** `0000000000000002-000000000000a1b2.wal`: its number, and the index of its first entry. */
const walName = /^([0-9a-f]{16})-([0-9a-f]{16})\.wal$/;

export async function v2Entries(context: DriverContext): Promise<Answer> {
  const seen = await readLog(context);
  if ('unknown' in seen) return [null, seen.unknown];
  const { snapshotIndex, v2Entries: left } = seen;
  const since = snapshotIndex === 0 ? 'from its beginning' : `since its snapshot at ${snapshotIndex}`;
  if (left.length === 0) return [true, `its WAL has no entries written by 3.5, ${since}`];
  const detail = `its WAL, ${since}, still has ${left.length} entries written by 3.5, up to ${left.at(-1)}, which 3.7 cannot read: its next snapshot removes them (--snapshot-count: every 10,000 entries); to speed that up, restart it with --snapshot-count=1 until the snapshot is made`;
  return [false, detail];
}

type Unknown = { readonly unknown: string };

/** Newest file first, back to the one that the newest snapshot leads into. */
async function readLog(context: DriverContext): Promise<LogSeen | Unknown> {
  const folder = await logFolder(context);
  if (typeof folder !== 'string') return folder;
  const files = ((await context.host.listDir(folder)) ?? []).filter((name) => walName.test(name)).sort();
  if (files.length === 0) return { unknown: `there is no WAL in ${folder}: if --wal-dir names another folder, set connection.walDir` };
  const records: WalRecord[] = [];
  for (const file of files.reverse()) {
    try {
      records.push(...(await recordsIn(context, join(folder, file), { frameAt, keep })));
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      return { unknown: `${join(folder, file)} cannot be parsed: ${thrown.message}` };
    }
    const seen = judgeLog(records);
    const firstIndex = Number.parseInt(walName.exec(file)?.[2] ?? '', 16);
    if (firstIndex <= seen.snapshotIndex + 1) return seen;
  }
  // The files before are gone: whatever they held is behind a snapshot that was made before these.
  return judgeLog(records);
}

/** What the server was started with counts: a folder that was left behind tells of another time. */
async function logFolder(context: DriverContext): Promise<string | Unknown> {
  const set = connectionOf(context.settings).walDir ?? join(context.settings.dataDir, 'member', 'wal');
  const reported = flagValue((await startedBy(context, 'etcd'))?.flags ?? [], 'wal-dir');
  if (reported === null || reported === set) return set;
  return { unknown: `the server keeps its WAL in ${reported}, but the agent reads ${set}: set connection.walDir` };
}
