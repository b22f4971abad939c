/**
 * A restored copy as a server of its own, for only us: on a socket in a folder that only the owner of the data enters, as a standby
 * that follows no server. So nothing can write to it and no worker of an extension begins its work; it stops where its WAL ends.
 */
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { DriverContext, SnapshotFolder } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import { tellingLines } from '../../../common/log.ts';
import { until } from '../../kit/host/asking.ts';
import { failed } from '../../kit/host/failures.ts';
import { commandLines } from '../../kit/host/processes.ts';
import type { Taken } from '../../kit/host/snapshots/snapshots.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import { guardedSettings } from '../facts.ts';
import { inOwnSession } from '../host/connection.ts';
import { lastSegmentOf, lsnValue, segmentName, segmentsBetween, tablespaceMap } from '../wal.ts';
import { madeNotes, type SnapshotNotes } from './take.ts';

const startMs = 120_000;
const endMs = 20_000;
const askAgainMs = 1_000;
const probeMs = 10_000;
const pollMs = 100;
const port = 5432;
/** Longest path of a unix socket. */
const maxSocketChars = 107;

/** Throws `path-too-long` (refused) before anything is copied. */
export function requireShortPath({ settings }: DriverContext, scratch: string): void {
  if (join(scratch, 'data', `.s.PGSQL.${port}`).length <= maxSocketChars) return;
  throw fail('refused', 'path-too-long', `${scratch} is too long for a socket: set a shorter snapshotsDir for ${settings.instance}`);
}

/** How far the copy must replay. */
export interface Until {
  readonly lsn: string;
  /** Where the source itself stands still at `lsn`: its own WAL folder holds what the snapshot has not. null: the snapshot ends at `lsn`. */
  readonly liveWal: string | null;
}

/** Copies the snapshot into the scratch folder and makes it a server of its own. The WAL first: the source keeps it only for a while. */
export async function layOutCopy(taken: Taken, scratch: SnapshotFolder, until: Until): Promise<void> {
  const { context, folder, made } = taken;
  const notes = madeNotes(made);
  const from = join(folder.path, 'data');
  await scratch.copy(from, 'data', { skip: () => true });
  await copyWalUntil(taken, scratch, until);
  const names = (await context.host.listDir(from)) ?? [];
  // No server follows the copy: a slot would only ask for settings of it.
  const skip = () => true;
  for (const name of names)
    if (name !== 'pg_wal' && name !== 'tablespace_map')
      await scratch.copy(join(from, name), `data/${name}`, name === 'pg_replslot' ? { skip } : {});
  for (const { folder: place } of made.places) if (place.startsWith('tablespaces/')) await scratch.copy(join(folder.path, place), place);
  const moved = notes.tablespaces.map(({ oid }) => ({ oid, path: join(scratch.path, 'tablespaces', oid) }));
  if (moved.length > 0) await scratch.write('data/tablespace_map', tablespaceMap(moved));
  if (notes.versionNum >= 120_000) await scratch.write('data/standby.signal', '');
  else await scratch.write('data/recovery.conf', 'standby_mode = on\n');
  await scratch.write('data/pg_hba.conf', 'local all all trust\n');
  await scratch.write('data/pg_ident.conf', '');
  await scratch.write('data/postgresql.auto.conf', '');
}

/** All WAL up to the byte where replay shall end, and zeros after it: there it ends, whatever came later. */
async function copyWalUntil({ context, folder, made }: Taken, scratch: SnapshotFolder, { lsn, liveWal }: Until): Promise<void> {
  const notes = madeNotes(made);
  const { timeline, startLsn, stopLsn, segmentBytes } = notes;
  const own = join(folder.path, notes.walFolder);
  const needed = segmentsBetween(timeline, startLsn, lsn, segmentBytes);
  const last = segmentName(timeline, lastSegmentOf(stopLsn, segmentBytes), segmentBytes);
  const histories = ((await context.host.listDir(own)) ?? []).filter((name) => name.endsWith('.history'));
  await scratch.copy(own, 'data/pg_wal', { skip: () => true });
  for (const name of histories) await scratch.copy(join(own, name), `data/pg_wal/${name}`);
  // The snapshot's last segment may have been half written when it was taken.
  for (const name of needed) await scratch.copy(join(liveWal !== null && name >= last ? liveWal : own, name), `data/pg_wal/${name}`);
  const [rest, end] = [Number(lsnValue(lsn) % BigInt(segmentBytes)), needed.at(-1)];
  if (rest === 0 || end === undefined) return;
  const file = join(scratch.path, 'data', 'pg_wal', end);
  for (const size of [rest, segmentBytes]) {
    const { exitCode, stderr } = await context.host.run(['truncate', `--size=${size}`, file], { timeoutMs: probeMs });
    if (exitCode !== 0) throw failed(context, 'command-failed', `truncate ended with ${exitCode}: ${stderr.trim()}`);
  }
}

/** Returns the context by which the copy is asked. Throws FailureError `copy-not-started` with the end of its log. */
export async function startCopy({ context, made }: Taken, scratch: SnapshotFolder, until: Until): Promise<DriverContext> {
  const { currentRelease } = context;
  if (currentRelease === null) throw failed(context, 'release-incomplete', `no release is activated to start the copy with`);
  const path = join(scratch.path, 'data');
  const [pgCtl, log] = [join(currentRelease, 'bin', 'pg_ctl'), join(path, 'drydock.log')];
  const settings = await sourceSettings(context);
  const libraries = settings.get('shared_preload_libraries') ?? '';
  // With the libraries of the source, for some refuse their tables without them; and without, should one of them not start here.
  for (const preload of libraries === '' ? [''] : [libraries, '']) {
    await scratch.write('data/postgresql.conf', configuration(path, settings, preload, madeNotes(made)));
    const start = [pgCtl, 'start', '-D', path, '-l', log, '-w', '-t', '100', '-s'] as const;
    const { exitCode } = await context.host.run(start, { timeoutMs: startMs, asOwnerOf: path });
    if (exitCode === 0) {
      const copy = contextOfCopy(context, path);
      await untilReplayed(copy, until);
      return copy;
    }
    await endCopy(context, scratch.path);
  }
  throw failed(context, 'copy-not-started', `the restored copy did not start: ${await logEnd(context, path)}`);
}

async function sourceSettings(context: DriverContext): Promise<ReadonlyMap<string, string>> {
  const names = [...guardedSettings, 'shared_preload_libraries'];
  const schema = z.object({ name: z.string(), setting: z.string() });
  const sql = 'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)';
  const rows = await inOwnSession(context, (session) => session.rows(schema, sql, [names]));
  return new Map(rows.map(({ name, setting }) => [name, setting]));
}

function configuration(path: string, settings: ReadonlyMap<string, string>, preload: string, { versionNum }: SnapshotNotes): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const followed = versionNum < 120_000 ? [] : ['primary_conninfo', 'primary_slot_name', 'restore_command', 'archive_cleanup_command'];
  const lines = [
    `listen_addresses = ''`,
    `port = ${port}`,
    `unix_socket_directories = ${quoted(path)}`,
    'unix_socket_permissions = 0700',
    'hot_standby = on',
    'archive_mode = off',
    ...followed.map((name) => `${name} = ''`),
    ...guardedSettings.map((name) => `${name} = ${settings.get(name) ?? '100'}`),
    `shared_preload_libraries = ${quoted(preload)}`,
    `shared_buffers = '32MB'`,
    'huge_pages = off',
    'autovacuum = off',
    'logging_collector = off',
    `log_destination = 'stderr'`,
    // It is thrown away: nothing of it has to survive anything.
    'fsync = off',
    'default_transaction_read_only = on',
  ];
  return `${lines.join('\n')}\n`;
}

function contextOfCopy(context: DriverContext, path: string): DriverContext {
  const { passwordFile: _, ...connection } = context.settings.connection;
  return { ...context, settings: { ...context.settings, connection: { ...connection, host: path, port } } };
}

/** A snapshot of a primary ends with a switch to the next segment, which replay takes for all of the rest of the last one. */
async function untilReplayed(copy: DriverContext, { lsn, liveWal }: Until): Promise<void> {
  const ask = (session: Session) => session.value(z.string().nullable(), 'SELECT pg_last_wal_replay_lsn()::text');
  let at: string | null = null;
  const distance = () => (at === null ? -1n : lsnValue(at) - lsnValue(lsn));
  const isOver = async () => {
    at = await inOwnSession(copy, ask);
    return distance() >= 0n;
  };
  const isThere = (await until(copy, { withinMs: startMs, everyMs: pollMs }, isOver)) && (liveWal === null || distance() === 0n);
  if (!isThere) throw failed(copy, 'copy-not-started', `the restored copy replayed to ${at ?? 'no position'}, not to ${lsn}`);
}

/** Of a folder that is removed afterwards. */
async function logEnd({ host }: DriverContext, path: string): Promise<string> {
  const { lines } = tellingLines((await host.readText(join(path, 'drydock.log'))) ?? '');
  return lines.length === 0 ? 'its log is empty' : `its log shows: ${lines.join(' | ')}`;
}

/** Ends every server on the scratch folder, and every process that is about to start one. Done when there is none. */
export async function endCopy(context: DriverContext, scratch: string): Promise<void> {
  const path = join(scratch, 'data');
  let pids: readonly string[] = [];
  let askedMs = Number.NEGATIVE_INFINITY;
  const isOver = async () => {
    pids = await pidsOf(context, path);
    const nowMs = context.clock.monotonicMs();
    // The server ends its own processes when it quits. Another one may have begun since, by a pg_ctl that had not ended yet.
    if (nowMs - askedMs < askAgainMs) return pids.length === 0;
    for (const pid of pids) await quit(context, pid, path);
    askedMs = nowMs;
    return pids.length === 0;
  };
  if (await until(context, { withinMs: endMs, everyMs: pollMs }, isOver)) return;
  throw failed(context, 'copy-not-ended', `process ${pids.join(', ')} on ${path} does not exit: end it by hand`);
}

async function quit({ host, currentRelease }: DriverContext, pid: string, path: string): Promise<void> {
  if (currentRelease === null) await host.run(['kill', '-QUIT', pid], { timeoutMs: probeMs });
  else await host.run([join(currentRelease, 'bin', 'pg_ctl'), 'kill', 'QUIT', pid], { timeoutMs: probeMs, asOwnerOf: path });
}

const programs: readonly string[] = ['postgres', 'pg_ctl', 'sh'];

/** Programs of a server that name this folder in their command line. */
async function pidsOf(context: DriverContext, path: string): Promise<readonly string[]> {
  return (await commandLines(context)).flatMap(({ pid, words }) => {
    const names = words.some((word) => word === path || word.includes(`"${path}"`));
    return programs.includes(basename(words[0] ?? '')) && names ? [pid] : [];
  });
}
