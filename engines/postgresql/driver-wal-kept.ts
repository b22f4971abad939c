/** How far back the WAL reaches that a server still has. */
import { z } from 'zod';
import type { DriverContext } from '../../common/engine.ts';
import { inSharedSession } from './driver-session.ts';
import { lsnOfSegment, lsnValue } from './wal.ts';

// By position, whatever the timeline: a follower of an older one is sent its WAL from there.
const oldestSql = `
SELECT min(substr(name, 9)) AS oldest, pg_size_bytes(current_setting('wal_segment_size')) AS segment_bytes
FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'`;
const oldestSchema = z.object({ oldest: z.string().nullable(), segment_bytes: z.coerce.number() });

/** Where its oldest segment begins; null: it has none. Throws FailureError where the server cannot be asked. */
export async function oldestLsnOf(context: DriverContext): Promise<string | null> {
  const [row] = await inSharedSession(context, (session) => session.rows(oldestSchema, oldestSql));
  return row?.oldest == null ? null : lsnOfSegment(row.oldest, row.segment_bytes);
}

/** The answer to the check of that name. Without a position: whether it could be told. */
export async function walReachesBack(
  context: DriverContext,
  position: string | null,
): Promise<readonly [ok: boolean | null, detail: string]> {
  const oldest = await oldestLsnOf(context);
  if (oldest === null) return [null, 'it has no WAL that could be seen'];
  if (position === null) return [true, `its WAL reaches back to ${oldest}`];
  if (!/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/.test(position)) return [null, `"${position}" is no position`];
  return [lsnValue(oldest) <= lsnValue(position), `its WAL reaches back to ${oldest}, asked for is ${position}`];
}
