/**
 * Whether the next minor can read this member's log. A server reads it again from its newest snapshot on when it starts, and 3.7 ends over
 * an entry of the form of 3.5: every start of a 3.5 server writes one, and only a snapshot, every 10,000 entries, sets them aside.
 * Tried: 3.5.35, 3.6.16, 3.7.3 in one go with fewer writes; the guide of 3.7 does not tell.
 */
import { join } from 'node:path';
import type { DriverContext } from '../../common/engine.ts';
import { connectionOf } from './driver-settings.ts';
import type { Answer } from './driver-tools.ts';
import { frameAt, judgeLog, type LogSeen, type WalRecord } from './wal.ts';

const chunkBytes = 1024 * 1024;
/** `0000000000000002-000000000000a1b2.wal`: its number, and the index of its first entry. */
const walName = /^([0-9a-f]{16})-([0-9a-f]{16})\.wal$/;

export async function v2Entries(context: DriverContext): Promise<Answer> {
  const seen = await readLog(context);
  if ('unknown' in seen) return [null, seen.unknown];
  const { snapshotIndex, v2Entries: left } = seen;
  const since = snapshotIndex === 0 ? 'from its begin on' : `since its snapshot at ${snapshotIndex}`;
  if (left.length === 0) return [true, `its log holds nothing that 3.5 wrote, ${since}`];
  return [
    false,
    `its log, ${since}, still holds ${left.length} entries that 3.5 wrote, up to ${left.at(-1)}, which 3.7 cannot read: its next snapshot sets them aside (--snapshot-count: every 10,000 entries); sooner by a restart with --snapshot-count=1 until it is made`,
  ];
}

/** Newest file first, back to the one that the newest snapshot leads into. */
async function readLog({ host, settings }: DriverContext): Promise<LogSeen | { readonly unknown: string }> {
  const folder = connectionOf(settings).walDir ?? join(settings.dataDir, 'member', 'wal');
  const files = ((await host.listDir(folder)) ?? []).filter((name) => walName.test(name)).sort();
  if (files.length === 0) return { unknown: `there is no log in ${folder}: when --wal-dir puts it elsewhere, set connection.walDir` };
  const records: WalRecord[] = [];
  for (const file of files.reverse()) {
    try {
      await readRecords(host, join(folder, file), records);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      return { unknown: `${join(folder, file)} cannot be understood: ${thrown.message}` };
    }
    const seen = judgeLog(records);
    if (firstIndexOf(file) <= seen.snapshotIndex + 1) return seen;
  }
  // The files before are gone: whatever they held is behind a snapshot that was made before these.
  return judgeLog(records);
}

/** Only what matters is kept: a log is hundreds of MB. A frame at the very end may be half written: it is newer than all that is asked for. */
async function readRecords(host: DriverContext['host'], path: string, records: WalRecord[]): Promise<void> {
  let fromByte = 0;
  let wanted = chunkBytes;
  for (;;) {
    const chunk = await host.readBytes(path, fromByte, wanted);
    if (chunk === null) return;
    let at = 0;
    for (;;) {
      const frame = frameAt(chunk, at);
      if (frame.kind === 'end') return;
      if (frame.kind === 'short') {
        if (chunk.length < wanted) return;
        wanted = Math.max(chunkBytes, frame.needBytes);
        break;
      }
      at = frame.nextByte;
      const { record } = frame;
      if (record.kind === 'snapshot' || record.kind === 'commit' || (record.kind === 'entry' && record.isV2)) records.push(record);
    }
    fromByte += at;
  }
}

function firstIndexOf(file: string): number {
  return Number.parseInt(walName.exec(file)?.[2] ?? '', 16);
}
