/** Snapshots of a running server as base backups through its own backup functions, with all WAL that they need to start from. */
import { join } from 'node:path';
import { z } from 'zod';
import type { DriverContext, MeasureCopy, SnapshotMade } from '../../../common/driver.ts';
import type { Finding, SnapshotNeed } from '../../../common/facts.ts';
import { refused } from '../../kit/host/failures.ts';
import { needOf, type SnapshotStrategy, snapshotsBy } from '../../kit/host/snapshots/snapshots.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import { inOwnSession } from '../host/connection.ts';
import { findHaManagerAtRest } from '../host/ha.ts';
import { keptForOthers } from '../host/wal-kept.ts';
import { leftOut } from '../wal.ts';
import { needWithWal, type WalSeen } from './need.ts';
import { type Layout, layoutOf, madeNotes, takeSnapshot } from './take.ts';
import { compareRestored, listBackup, tidyVerification } from './verify.ts';

/** The server's own backup functions, and all WAL that the copy needs to start from. */
const baseBackup: SnapshotStrategy = { need, take: takeSnapshot, listed: listBackup, compared: compareRestored, tidy: tidyVerification };

export const postgresqlSnapshots = snapshotsBy(baseBackup, prepareRestored);

/** What has been written since the last checkpoint tells how much is written in a second. */
const walSchema = z.object({ lsn: z.string(), written_bytes: z.coerce.number(), since_s: z.coerce.number() });
const walSql = `
SELECT here.lsn::text AS lsn, greatest(pg_wal_lsn_diff(here.lsn, redo_lsn), 0) AS written_bytes,
  greatest(extract(epoch FROM now() - checkpoint_time), 1) AS since_s
FROM pg_control_checkpoint(),
  (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn) AS here`;

async function need(context: DriverContext, measure: MeasureCopy): Promise<SnapshotNeed> {
  const { dataDir } = context.settings;
  const { layout, wal } = await inOwnSession(context, async (session) => {
    const found = await layoutOf(context, session);
    return { layout: found, wal: await walSeen(context, session, found) };
  });
  const trees = [dataDir, ...layout.tablespacePlaces.map(({ path }) => path)].map((path) => ({ path, skip: leftOut }));
  return needWithWal(await needOf(trees, measure), wal, layout.server.segment_bytes);
}

async function walSeen(context: DriverContext, session: Session, { server }: Layout): Promise<WalSeen> {
  const row = await session.row(walSchema, walSql);
  const written = { writtenBytes: row.written_bytes, sinceS: row.since_s };
  if (server.in_recovery) return { ...written, keptBytes: null };
  const names = (await context.host.listDir(join(context.settings.dataDir, 'pg_wal'))) ?? [];
  const { timeline, segment_bytes: segmentBytes } = server;
  const kept = await keptForOthers(session, { timeline, startLsn: row.lsn, segmentBytes }, names);
  return { ...written, keptBytes: kept.length * segmentBytes };
}

/**
 * Of a standby: it is one again, and follows whom its own configuration names. Of a primary: it recovers to the snapshot's end and serves. What
 * restores the trees brought backup_label and the map of tablespaces with them.
 */
async function prepareRestored(context: DriverContext, dataDir: string, made: SnapshotMade): Promise<readonly Finding[]> {
  const { host, settings } = context;
  const found = await findHaManagerAtRest(context);
  if (found !== null) throw refused(context, 'ha-manager', `${found.manager} manages this server (${found.trace}): restore it with that`);
  const notes = madeNotes(made);
  const check = 'restored-role';
  if (made.role !== 'standby') {
    const detail = `it recovers to ${made.position} on timeline ${notes.timeline} and continues there as primary: a member of ${settings.cluster} that has more WAL of that timeline must be restored as well`;
    return [{ check, ok: true, detail }];
  }
  if (notes.versionNum >= 120_000) await host.writeText(join(dataDir, 'standby.signal'), '', 0o600);
  else if (notes.recoveryConf !== '') await host.writeText(join(dataDir, 'recovery.conf'), notes.recoveryConf, 0o600);
  return [{ check, ok: true, detail: `it starts as a standby from ${made.position} and follows the server that its configuration names` }];
}
