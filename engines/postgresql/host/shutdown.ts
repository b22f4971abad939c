/**
 * What a server that shuts down waits for, by its own processes: it answers no SQL any more. The postmaster ends its sessions first, then writes
 * its last checkpoint, then archives and sends what is left. Source: src/backend/postmaster/postmaster.c.
 */
import { join } from 'node:path';
import type { DriverContext, DriverHost } from '../../../common/driver.ts';
import { durationText } from '../../../common/duration-text.ts';
import { parsePostmasterPid } from '../probe.ts';
import { parseChildren, parseProcessTitle, parseStartedS, type ServerProcess } from '../processes.ts';

interface Child {
  readonly pid: number;
  readonly of: ServerProcess;
}

/** One sentence without its end; null: it does not shut down. */
export async function shutdownWaitsFor({ host, settings }: DriverContext): Promise<string | null> {
  const held = parsePostmasterPid((await host.readText(join(settings.dataDir, 'postmaster.pid'))) ?? '');
  if (held?.status !== 'stopping') return null;
  const children = await childrenOf(host, held.pid);
  const of = (kind: ServerProcess['kind']) => children.filter((child) => child.of.kind === kind);
  const [archiver] = of('archiver');
  const [checkpointer] = of('checkpointer');
  const [sessions, senders] = [of('session'), of('sender')];
  if (sessions.length > 0) return `the server waits for ${many(sessions, 'session')} to end: ${sessions[0]?.of.title}`;
  const busy = archiver === undefined ? null : await archiving(host, archiver);
  if (busy !== null) return busy;
  // From 18 on it stays until the end.
  if (checkpointer !== undefined)
    return `the server writes its last checkpoint${senders.length === 0 ? '' : `, and sends what is left to ${many(senders, 'receiver')}`}`;
  if (senders.length > 0) return `the server waits for ${many(senders, 'receiver')} to have all of its WAL: ${senders[0]?.of.title}`;
  return archiver === undefined ? 'the server shuts down' : 'the server waits for its archiver';
}

const many = (all: readonly unknown[], what: string): string => `${all.length} ${what}${all.length === 1 ? '' : 's'}`;

/** The command runs as its child; a shell in between is not worth a word. null: it does nothing just now. */
async function archiving(host: DriverHost, { pid, of }: Child): Promise<string | null> {
  const [command] = await pidsOf(host, pid);
  if (command === undefined && !of.title.startsWith('archiving')) return null;
  const what = `the server waits for its archiver${of.title === '' ? '' : ` (${of.title})`}`;
  if (command === undefined) return what;
  const text = (await textOf(host, `/proc/${command}/cmdline`))
    .replaceAll('\0', ' ')
    .trim()
    .replace(/^\S*sh -c /, '');
  const ageMs = await ageOf(host, command);
  return `${what}: \`${text.slice(0, commandChars)}\`${ageMs === null ? '' : ` has run for ${durationText(ageMs)}`}`;
}

/** Enough to know it by. */
const commandChars = 100;

async function childrenOf(host: DriverHost, postmaster: number): Promise<readonly Child[]> {
  const pids = await pidsOf(host, postmaster);
  const titles = await Promise.all(pids.map(async (pid) => ({ pid, title: await textOf(host, `/proc/${pid}/cmdline`) })));
  return titles.flatMap(({ pid, title }) => {
    const of = parseProcessTitle(title);
    return of === null ? [] : [{ pid, of }];
  });
}

const pidsOf = async (host: DriverHost, pid: number): Promise<readonly number[]> =>
  parseChildren(await textOf(host, `/proc/${pid}/task/${pid}/children`));

async function ageOf(host: DriverHost, pid: number): Promise<number | null> {
  const [stat, uptime] = await Promise.all([textOf(host, `/proc/${pid}/stat`), textOf(host, '/proc/uptime')]);
  const startedS = parseStartedS(stat);
  return startedS === null ? null : Math.max(0, (Number.parseFloat(uptime) - startedS) * 1000);
}

/** Processes come and go between two looks. */
const textOf = async (host: DriverHost, path: string): Promise<string> => (await host.readText(path).catch(() => null)) ?? '';
