/** What the files of the data folder say of the server's past, running or not. */
import { join } from 'node:path';
import type { DriverContext } from '../../common/engine.ts';
import { fail } from '../../common/failure.ts';
import { type ControlFile, controlFileBytes, lsnDistance, parseControlFile, parseTimelineHistory, type TimelineHistory } from './probe.ts';

const dumpMs = 5_000;

/** Throws FailureError `control-unreadable`: no such file, or a format that is not known. */
export async function readControlFile({ host, settings }: DriverContext): Promise<ControlFile> {
  const path = join(settings.dataDir, 'global', 'pg_control');
  const { exitCode, stdout, stderr } = await host.run(['od', '-An', '-v', '-tx1', `-N${controlFileBytes}`, path], { timeoutMs: dumpMs });
  const control = exitCode === 0 ? parseControlFile(stdout) : null;
  if (control !== null) return control;
  const why = exitCode === 0 ? 'is of a format that Drydock does not know (12 to 18 are known)' : `cannot be read: ${stderr.trim()}`;
  throw fail('failed', 'control-unreadable', `${settings.instance}: ${path} ${why}`);
}

interface NewestTimeline {
  readonly timeline: number;
  readonly history: TimelineHistory;
  /** It has WAL of it: then it follows there, whatever its last checkpoint was on. */
  readonly received: boolean;
}

/** The newest timeline that this server was told of, by the history files in its WAL folder; null: none but the first. */
async function newestTimeline({ host, settings }: DriverContext): Promise<NewestTimeline | null> {
  const folder = join(settings.dataDir, 'pg_wal');
  const names = (await host.listDir(folder)) ?? [];
  const newest = names
    .filter((name) => /^[0-9A-F]{8}\.history$/.test(name))
    .sort()
    .at(-1);
  if (newest === undefined) return null;
  const history = parseTimelineHistory((await host.readText(join(folder, newest))) ?? '');
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
  if (fork === undefined) return `it is on timeline ${at.timeline}, which timeline ${newest.timeline} does not come from`;
  if (lsnDistance(fork.endLsn, at.lsn) <= 0) return null;
  return `timeline ${newest.timeline} left timeline ${at.timeline} at ${fork.endLsn}, and it went on there to ${at.lsn}`;
}
