/**
 * Takes a base backup (chapter Continuous Archiving, Making a Base Backup Using the Low Level API): between start and stop of a backup the
 * data directory may be copied while it changes, for replay puts right what was torn. One session holds all of it: when that ends, for whatever
 * reason, the server itself gives the backup up and drops the slot.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { pause } from '../../../common/clock.ts';
import type { DriverContext, SnapshotFolder, SnapshotMade, SnapshotPlace } from '../../../common/driver.ts';
import { failed, refused } from '../../kit/host/failures.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import { inOwnSession } from '../host/connection.ts';
import { postmasterOf } from '../host/data-folder.ts';
import { copyRetainingSlot, keptForOthers, type WalKept } from '../host/wal-kept.ts';
import { parseServerVersion } from '../probe.ts';
import { controlFile, leftOut, parseBackupLabel, segmentsBetween, type Tablespace } from '../wal.ts';

/** What the driver must know again of a snapshot; kept as text in its manifest. */
const notesSchema = z.object({
  systemId: z.string(),
  versionNum: z.coerce.number(),
  timeline: z.coerce.number(),
  startLsn: z.string(),
  stopLsn: z.string(),
  segmentBytes: z.coerce.number(),
  /** Folder of the snapshot that holds its WAL. */
  walFolder: z.string(),
  /** recovery.conf of a standby before 12; it may hold a password, and the manifest is as secret as the content is. */
  recoveryConf: z.string(),
  tablespaces: z.string().transform((text) => z.array(z.object({ oid: z.string(), path: z.string() })).parse(JSON.parse(text))),
});
export type SnapshotNotes = z.infer<typeof notesSchema>;

export const madeNotes = (made: SnapshotMade): SnapshotNotes => notesSchema.parse(made.notes);

const serverSchema = z.object({
  version: z.string(),
  version_num: z.number(),
  system_id: z.string(),
  catalog: z.number(),
  in_recovery: z.boolean(),
  segment_bytes: z.coerce.number(),
  port: z.coerce.number(),
  timeline: z.number(),
});
/** Of a standby that of the WAL it receives, else that of the last checkpoint. */
export const followedTimeline = `coalesce((SELECT received_tli FROM pg_stat_wal_receiver), (SELECT timeline_id FROM pg_control_checkpoint()))`;

const serverSql = `
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS version_num, s.system_identifier::text AS system_id,
  s.catalog_version_no AS catalog, pg_is_in_recovery() AS in_recovery, pg_size_bytes(current_setting('wal_segment_size')) AS segment_bytes,
  current_setting('port')::int AS port, ${followedTimeline} AS timeline
FROM pg_control_system() s`;
const tablespaceSchema = z.object({ oid: z.string(), path: z.string() });
const tablespaceSql = `
SELECT oid::text, pg_tablespace_location(oid) AS path FROM pg_tablespace WHERE pg_tablespace_location(oid) LIKE '/%' ORDER BY 1`;

/** Where the trees of this server lie. */
export interface Layout {
  readonly server: z.infer<typeof serverSchema>;
  readonly tablespaces: readonly Tablespace[];
  /** The folder of this server within each tablespace, which others may share. */
  readonly tablespacePlaces: readonly SnapshotPlace[];
  /** Where the WAL lies when it is not in the data directory; null: it is. */
  readonly walElsewhere: string | null;
  /** Folder of a snapshot that holds it. */
  readonly walFolder: string;
}

const probeMs = 10_000;

/** Throws `wrong-target` when the server that answers is not the one of the data directory. */
export async function layoutOf(context: DriverContext, session: Session): Promise<Layout> {
  const { host, settings } = context;
  const server = await session.row(serverSchema, serverSql);
  if ((await postmasterOf(context))?.port !== server.port)
    throw refused(context, 'wrong-target', `the server at port ${server.port} is not the one of ${settings.dataDir}`);
  const tablespaces = await session.rows(tablespaceSchema, tablespaceSql);
  const major = server.version_num >= 100_000 ? Math.trunc(server.version_num / 10_000) : 0;
  const own = `PG_${major}_${server.catalog}`;
  const resolved = async (path: string) => (await host.run(['readlink', '-f', path], { timeoutMs: probeMs })).stdout.trim();
  const walPath = await resolved(join(settings.dataDir, 'pg_wal'));
  const isInside = walPath === join(await resolved(settings.dataDir), 'pg_wal');
  return {
    server,
    tablespaces,
    tablespacePlaces: tablespaces.map(({ oid, path }) => ({ folder: `tablespaces/${oid}/${own}`, path: join(path, own) })),
    walElsewhere: isInside ? null : walPath,
    walFolder: isInside ? 'data/pg_wal' : 'wal',
  };
}

const stopSchema = z.object({ lsn: z.string(), label: z.string(), map: z.string().nullable() });

export const takeSnapshot = (context: DriverContext, folder: SnapshotFolder): Promise<SnapshotMade> =>
  inOwnSession(context, (session) => takeIn(context, folder, session), { statementMs: null });

async function takeIn(context: DriverContext, folder: SnapshotFolder, session: Session): Promise<SnapshotMade> {
  const { dataDir } = context.settings;
  // While files are copied the session is idle: no time limit of the server may end it for that.
  await session.run(
    `SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_session_timeout')`,
  );
  const layout = await layoutOf(context, session);
  const { server } = layout;
  await session.run(`SELECT FROM pg_create_physical_replication_slot('drydock_take_' || pg_backend_pid(), true, true)`);
  const start = server.version_num >= 150_000 ? 'pg_backup_start($1, true)' : 'pg_start_backup($1, true, false)';
  await session.run(`SELECT ${start}`, ['drydock']);
  await folder.copy(dataDir, 'data', { skip: skipOf(context, layout) });
  const effects = server.in_recovery ? [] : await copyRetainingSlot(context, folder, session);
  for (const place of layout.tablespacePlaces) await folder.copy(place.path, place.folder, { skip: leftOut });
  await folder.copy(join(dataDir, controlFile), `data/${controlFile}`);
  const stop = server.version_num >= 150_000 ? 'pg_backup_stop(false)' : 'pg_stop_backup(false, false)';
  const stopped = await session.row(stopSchema, `SELECT lsn::text, labelfile AS label, spcmapfile AS map FROM ${stop}`);
  const label = parseBackupLabel(stopped.label);
  if (label === null) throw failed(context, 'label-unreadable', `the backup label has an unknown format`);
  await folder.write('data/backup_label', stopped.label);
  if ((stopped.map ?? '') !== '') await folder.write('data/tablespace_map', stopped.map ?? '');
  const range = { ...label, stopLsn: stopped.lsn, segmentBytes: server.segment_bytes };
  await copyWal({ context, folder, session, layout }, range);
  return {
    version: parseServerVersion(server.version) ?? server.version,
    role: server.in_recovery ? 'standby' : 'primary',
    position: stopped.lsn,
    places: [
      { folder: 'data', path: dataDir },
      ...layout.tablespacePlaces,
      ...(layout.walElsewhere === null ? [] : [{ folder: layout.walFolder, path: layout.walElsewhere }]),
    ],
    notes: {
      systemId: server.system_id,
      versionNum: String(server.version_num),
      timeline: String(range.timeline),
      startLsn: range.startLsn,
      stopLsn: range.stopLsn,
      segmentBytes: String(server.segment_bytes),
      walFolder: layout.walFolder,
      recoveryConf: (await context.host.readText(join(dataDir, 'recovery.conf'))) ?? '',
      tablespaces: JSON.stringify(layout.tablespaces),
    },
    effects,
  };
}

/** Links to tablespaces are made anew by the server, from the map. */
function skipOf({ settings }: DriverContext, { tablespaces }: Layout): (relative: string) => boolean {
  const links = tablespaces.map(({ oid }) => `pg_tblspc/${oid}`);
  return (relative) => leftOut(relative) || links.includes(relative) || join(settings.dataDir, relative) === settings.snapshotsDir;
}

interface WalCopy {
  readonly context: DriverContext;
  readonly folder: SnapshotFolder;
  readonly session: Session;
  readonly layout: Layout;
}

/** The slot kept all of it. What was there from the start to the stop must be there, else the snapshot is worth nothing. */
async function copyWal(copy: WalCopy, range: WalKept & { readonly stopLsn: string }): Promise<void> {
  const { context, folder, layout, session } = copy;
  const from = join(context.settings.dataDir, 'pg_wal');
  // The folder itself, so that it belongs to whom it did.
  if (layout.walElsewhere !== null) await folder.copy(layout.walElsewhere, layout.walFolder, { skip: () => true });
  await untilFlushed(copy, range.stopLsn);
  const names = (await context.host.listDir(from)) ?? [];
  const needed = segmentsBetween(range.timeline, range.startLsn, range.stopLsn, range.segmentBytes);
  const missing = needed.find((name) => !names.includes(name));
  const changed = `WAL segment ${missing} is not in ${from}, the timeline may have changed; take the snapshot again`;
  if (missing !== undefined) throw failed(context, 'wal-missing', changed, { remedy: 'retry' });
  const histories = names.filter((name) => /^[0-9A-F]{8}\.history$/.test(name));
  const kept = layout.server.in_recovery ? [] : await keptForOthers(session, range, names);
  for (const name of [...histories, ...kept, ...needed]) await folder.copy(join(from, name), `${layout.walFolder}/${name}`);
}

/** On a standby everything up to the stop was replayed, so it is on disk already. */
async function untilFlushed({ context, session, layout }: WalCopy, lsn: string): Promise<void> {
  if (layout.server.in_recovery) return;
  const sql = 'SELECT pg_current_wal_flush_lsn() >= $1::pg_lsn';
  while ((await session.value(z.boolean(), sql, [lsn])) !== true) await pause(context.clock, 50, context.signal);
}
