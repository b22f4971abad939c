/**
 * Looks at a snapshot, and proves it by restoring it: a copy is started and its content compared with the source's. A standby's replay is paused for that, so
 * that both stand at one position and must be equal in everything. A primary goes on: what it changed meanwhile cannot be compared, and the
 * finding says so.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { DriverContext, SnapshotFolder, SnapshotMade } from '../../../common/driver.ts';
import { toFailure } from '../../../common/failure.ts';
import { notListening, until } from '../../kit/host/asking.ts';
import { failed } from '../../kit/host/failures.ts';
import type { Taken } from '../../kit/host/snapshots/snapshots.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import { inOwnSession } from '../host/connection.ts';
import { controlFile, lsnDistance, parseBackupLabel, segmentsBetween } from '../wal.ts';
import { compareServers } from './compare.ts';
import { endCopy, layOutCopy, requireShortPath, startCopy, type Until } from './copy.ts';
import { followedTimeline, madeNotes } from './take.ts';

/** Written before the replay is paused, so that it is resumed whatever happens. */
const pausedNote = 'replay-paused';
const pauseMs = 30_000;
const pollMs = 50;

const probeMs = 30_000;
const namesAtOnce = 200;

/** Whether everything is there that a server needs to start from it. */
export async function listBackup({ context, folder, made }: Taken): Promise<Answer> {
  const wrong = await whatIsWrong(context, folder.path, made);
  const { startLsn, stopLsn } = madeNotes(made);
  return [wrong === null, wrong ?? `the label and all WAL from ${startLsn} to ${stopLsn} are there`];
}

async function whatIsWrong(context: DriverContext, path: string, made: SnapshotMade): Promise<string | null> {
  const { host } = context;
  const notes = madeNotes(made);
  const label = parseBackupLabel((await host.readText(join(path, 'data', 'backup_label'))) ?? '');
  if (label?.startLsn !== notes.startLsn || label.timeline !== notes.timeline)
    return 'backup_label is missing or belongs to another backup';
  for (const file of ['PG_VERSION', controlFile])
    if (!(await sizesOf(context, [join(path, 'data', file)]))[0]) return `data/${file} is missing`;
  const map = (await host.readText(join(path, 'data', 'tablespace_map'))) ?? '';
  const unmapped = notes.tablespaces.find(({ oid }) => !map.split('\n').some((line) => line.startsWith(`${oid} `)));
  if (unmapped !== undefined) return `tablespace ${unmapped.oid} is not in tablespace_map`;
  for (const { folder } of made.places) if ((await host.listDir(join(path, folder))) === null) return `${folder} is missing`;
  const segments = segmentsBetween(notes.timeline, notes.startLsn, notes.stopLsn, notes.segmentBytes);
  for (let at = 0; at < segments.length; at += namesAtOnce) {
    const some = segments.slice(at, at + namesAtOnce);
    const files = some.map((name) => join(path, notes.walFolder, name));
    const sizes = await sizesOf(context, files);
    const short = some.find((_, index) => sizes[index] !== notes.segmentBytes);
    if (short !== undefined || sizes.length !== some.length) return `WAL segment ${short ?? some[0]} is missing or truncated`;
  }
  return null;
}

/** Empty when one of them is not there. */
async function sizesOf({ host }: DriverContext, paths: readonly string[]): Promise<readonly number[]> {
  const { exitCode, stdout } = await host.run(['stat', '--format=%s', '--', ...paths], { timeoutMs: probeMs });
  return exitCode === 0 ? stdout.trim().split('\n').map(Number) : [];
}

export async function compareRestored(taken: Taken, scratch: SnapshotFolder): Promise<Answer> {
  const { context, made } = taken;
  requireShortPath(context, scratch.path);
  const until = await freeze(context, made, scratch);
  scratch.progress(0, `restoring a copy to ${until.lsn}`);
  await layOutCopy(taken, scratch, until);
  const copy = await startCopy(taken, scratch, until);
  const compared = await compareServers(context, copy, { frozen: until.liveWal !== null, progress: scratch.progress });
  return [compared.problem === null, compared.problem ?? `a restored copy at ${until.lsn}: ${compared.said}`];
}

export async function tidyVerification(context: DriverContext, scratch: string): Promise<void> {
  await endCopy(context, scratch);
  if ((await context.host.readText(join(scratch, pausedNote))) === null) return;
  try {
    await inOwnSession(context, (session) => session.run('SELECT pg_wal_replay_resume() WHERE pg_is_in_recovery()'));
  } catch (thrown) {
    // A server that is down forgot the pause.
    if (toFailure(thrown).code !== notListening) throw thrown;
  }
  await context.host.removeFile(join(scratch, pausedNote));
}

/** A primary cannot be held still: its copy ends where the snapshot does. A pause that somebody else asked for stays theirs. */
async function freeze(context: DriverContext, made: SnapshotMade, scratch: SnapshotFolder): Promise<Until> {
  const notes = madeNotes(made);
  return inOwnSession(context, async (session) => {
    const before = await replayOf(session);
    if (before === null) return { lsn: notes.stopLsn, liveWal: null };
    if (!before.paused) {
      await context.host.writeText(join(scratch.path, pausedNote), `${context.settings.instance}\n`, 0o600);
      await session.run('SELECT pg_wal_replay_pause()');
    }
    // Two probes from now on.
    let now = { ...before, lsn: '' };
    const isPaused = async () => {
      const last = now.lsn;
      const found = await replayOf(session);
      if (found === null) throw failed(context, 'promoted', 'it was promoted while its snapshot was being verified');
      now = found;
      // Before 14 a pause that was asked for cannot be told from one that is there: then it is where nothing moves any more.
      return now.state === 'paused' || (now.state === null && now.paused && now.lsn === last);
    };
    if (await until(context, { withinMs: pauseMs, everyMs: pollMs }, isPaused)) return untilPaused(context, made, now);
    throw failed(context, 'not-paused', `replay did not pause within ${pauseMs} ms`);
  });
}

function untilPaused(context: DriverContext, made: SnapshotMade, now: { readonly lsn: string; readonly timeline: number }): Until {
  if (now.timeline !== madeNotes(made).timeline)
    throw failed(context, 'timeline-left', `it now follows timeline ${now.timeline}; take the snapshot again`);
  if (lsnDistance(made.position, now.lsn) < 0)
    throw failed(context, 'not-there-yet', `it has only replayed to ${now.lsn}, its snapshot ends at ${made.position}`);
  return { lsn: now.lsn, liveWal: join(context.settings.dataDir, 'pg_wal') };
}

const replaySchema = z.object({ paused: z.boolean(), state: z.string().nullable(), lsn: z.string(), timeline: z.number() });
/** null: it is a primary; else whether it knows how to tell a pause that was asked for from one that is there. */
const knowsSql = `SELECT CASE WHEN pg_is_in_recovery() THEN to_regproc('pg_get_wal_replay_pause_state') IS NOT NULL END`;

/** null: it is no standby. */
async function replayOf(session: Session): Promise<z.infer<typeof replaySchema> | null> {
  const knows = await session.value(z.boolean().nullable(), knowsSql);
  if (knows === null) return null;
  const state = knows ? 'pg_get_wal_replay_pause_state()' : 'NULL::text';
  const sql = `SELECT pg_is_wal_replay_paused() AS paused, ${state} AS state, pg_last_wal_replay_lsn()::text AS lsn, ${followedTimeline} AS timeline`;
  return session.row(replaySchema, sql);
}
