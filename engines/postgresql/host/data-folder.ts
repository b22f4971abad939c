/** What the files of the data directory say of a server and its past, running or not. */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import { toFailure } from '../../../common/failure.ts';
import { failed } from '../../kit/host/failures.ts';
import * as read from '../probe.ts';
import { lsnDistance } from '../wal.ts';
import { shared } from './connection.ts';

const dumpMs = 5_000;

const textOf = ({ host, settings }: DriverContext, name: string) => host.readText(join(settings.dataDir, name));

/** Of the server that holds the folder; a kill leaves it behind. null: there is none. */
export const postmasterOf = async (context: DriverContext): Promise<read.PostmasterPid | null> =>
  read.parsePostmasterPid((await textOf(context, 'postmaster.pid')) ?? '');

/** That the files are of; null: there is no PG_VERSION, or of no known form. */
export const majorOf = async (context: DriverContext): Promise<string | null> =>
  read.parseMajor((await textOf(context, 'PG_VERSION')) ?? '');

/** Started now, it would be a standby. */
export const isStandbyAtRest = async (context: DriverContext): Promise<boolean> => (await textOf(context, 'standby.signal')) !== null;

/** Throws FailureError `control-unreadable`: no such file, or a format that is not known. */
export async function readControlFile(context: DriverContext): Promise<read.ControlFile> {
  const path = join(context.settings.dataDir, 'global', 'pg_control');
  const unreadable = (why: string) => failed(context, 'control-unreadable', `${path} ${why}`);
  const bytes = await context.host.readBytes(path, 0, read.controlFileBytes).catch((thrown: unknown) => {
    throw unreadable(`cannot be read: ${toFailure(thrown).message}`);
  });
  if (bytes === null) throw unreadable('cannot be read: file not found');
  const control = read.parseControlFile(bytes);
  if (control !== null) return control;
  throw unreadable('has a format that Drydock does not know (it knows those of PostgreSQL 12 to 18)');
}

/**
 * The newest timeline that this server knows of, by the history files in its WAL folder; null: none but the first. `received`: it has WAL of it, so it
 * follows there, whatever its last checkpoint was on.
 */
async function newestTimeline({ host, settings }: DriverContext) {
  const folder = join(settings.dataDir, 'pg_wal');
  const names = (await host.listDir(folder)) ?? [];
  const newest = names
    .filter((name) => /^[0-9A-F]{8}\.history$/.test(name))
    .sort()
    .at(-1);
  if (newest === undefined) return null;
  const history = read.parseTimelineHistory((await host.readText(join(folder, newest))) ?? '');
  if (history === null) return null;
  const prefix = newest.slice(0, 8);
  const received = names.some((name) => name.length === 24 && name.startsWith(prefix));
  return { timeline: Number.parseInt(prefix, 16), history, received };
}

/**
 * Where this server's WAL parted from that of the member it is to follow, in one sentence; null: nothing shows that it did. A standby fetches
 * the history of its upstream's timeline before it asks for any WAL, so its own files tell.
 */
export async function divergenceOf(
  context: DriverContext,
  at: { readonly timeline: number; readonly lsn: string },
): Promise<string | null> {
  const newest = await newestTimeline(context);
  if (newest === null || newest.received || newest.timeline <= at.timeline) return null;
  const fork = newest.history.find((past) => past.timeline === at.timeline);
  if (fork === undefined) return `it is on timeline ${at.timeline}, which is not an ancestor of timeline ${newest.timeline}`;
  if (lsnDistance(fork.endLsn, at.lsn) <= 0) return null;
  return `timeline ${newest.timeline} branched off timeline ${at.timeline} at ${fork.endLsn}, but it continued there to ${at.lsn}`;
}

const currentLogSql = `SELECT CASE WHEN current_setting('logging_collector') = 'on' THEN pg_current_logfile() END`;
/** The end of the log, where the newest complaints are. */
const tailBytes = 64 * 1024;

/**
 * The complaint of a running standby that the WAL it asks for is gone, from its own log; null: it did not complain, or its log is not written
 * by the server itself, or not in English. A receiver that does stream says so there, too: only the newer of both counts.
 */
export async function missingWalOf(context: DriverContext): Promise<string | null> {
  const log = await shared(context).value(z.string().nullable(), currentLogSql);
  if (log === null) return null;
  const path = resolve(context.settings.dataDir, log);
  const { stdout } = await context.host.run(['tail', '-c', String(tailBytes), path], { timeoutMs: dumpMs });
  const complaints = [...stdout.matchAll(/requested WAL segment [0-9A-F]{24} has already been removed|started streaming WAL/g)];
  const newest = complaints.at(-1)?.[0] ?? '';
  return newest.startsWith('requested') ? newest : null;
}
