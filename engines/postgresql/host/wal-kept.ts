/** How far back the WAL reaches that a server still has, and what of it is kept for others. */
import { join } from 'node:path';
import { z } from 'zod';
import type { DriverContext, SnapshotFolder } from '../../../common/driver.ts';
import type { Effect } from '../../../common/orders.ts';
import { notedOf } from '../../kit/host/noted-settings.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import { retainedWal } from '../settings.ts';
import { slotNamed } from '../switchover/slots.ts';
import { lsnOfSegment, lsnValue, segmentName, segmentOf } from '../wal.ts';
import { shared } from './connection.ts';

// By position, whatever the timeline: a follower of an older one is sent its WAL from there.
const oldestSql = `
SELECT min(substr(name, 9)) AS oldest, pg_size_bytes(current_setting('wal_segment_size')) AS segment_bytes
FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'`;
const oldestSchema = z.object({ oldest: z.string().nullable(), segment_bytes: z.coerce.number() });

/** Where its oldest segment begins; null: it has none. Throws FailureError where the server cannot be asked. */
export async function oldestLsnOf(context: DriverContext): Promise<string | null> {
  const { oldest, segment_bytes } = await shared(context).row(oldestSchema, oldestSql);
  return oldest === null ? null : lsnOfSegment(oldest, segment_bytes);
}

/** The answer to the check of that name. Without a position: whether it could be told. */
export async function walReachesBack(context: DriverContext, position: string | null): Promise<Answer> {
  const oldest = await oldestLsnOf(context);
  if (oldest === null) return [null, 'no WAL segment was found'];
  if (position === null) return [true, `its WAL reaches back to ${oldest}`];
  if (!/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/.test(position)) return [null, `"${position}" is not a WAL position`];
  return [lsnValue(oldest) <= lsnValue(position), `its WAL reaches back to ${oldest}, needed is ${position}`];
}

/**
 * The slot goes along, which base backups leave out: without it the checkpoint that ends a restored primary's recovery would remove what was kept
 * for the others. Only that one, for by the others members follow. Its file is written once, for no member ever reads by it.
 */
export async function copyRetainingSlot(context: DriverContext, folder: SnapshotFolder, session: Session): Promise<readonly Effect[]> {
  const name = await notedOf(context, retainedWal);
  if (name === null || (await slotNamed(session, name))?.type !== 'physical') return [];
  const slot = `pg_replslot/${name}`;
  await folder.copy(join(context.settings.dataDir, slot), `data/${slot}`, { skip: (relative) => relative !== 'state' });
  return [{ key: retainedWal, prior: null, set: name }];
}

/** From where on a copy has WAL. */
export interface WalKept {
  readonly timeline: number;
  readonly startLsn: string;
  readonly segmentBytes: number;
}

const keptSql = `
SELECT min(restart_lsn)::text FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT temporary AND slot_name LIKE 'drydock\\_%'`;

/**
 * Of a primary's segments those older than where its own copy starts that Drydock keeps for members whose snapshots were made before: should all be
 * restored, the others follow from there, and no other member has them then.
 */
export async function keptForOthers(session: Session, range: WalKept, names: readonly string[]): Promise<readonly string[]> {
  const { timeline, startLsn, segmentBytes } = range;
  const kept = await session.value(z.string().nullable(), keptSql);
  if (kept === null) return [];
  const first = segmentName(timeline, segmentOf(kept, segmentBytes), segmentBytes);
  const start = segmentName(timeline, segmentOf(startLsn, segmentBytes), segmentBytes);
  return names.filter((name) => name.length === 24 && name.slice(0, 8) === start.slice(0, 8) && name >= first && name < start);
}
