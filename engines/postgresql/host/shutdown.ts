/**
 * The end of a server: what one that shuts down waits for, by its own processes, for it answers no SQL any more; that nothing of it runs; that it ended
 * in order. The postmaster ends its sessions first, then writes its last checkpoint, then archives and sends what is left.
 * Source: src/backend/postmaster/postmaster.c.
 */
import type { DriverContext, DriverHost } from '../../../common/driver.ts';
import { durationText } from '../../../common/duration-text.ts';
import type { Finding } from '../../../common/facts.ts';
import { finding } from '../../kit/host/asking.ts';
import { stoppedBy } from '../../kit/host/driver.ts';
import { ageOf, childrenOf, shownBy } from '../../kit/host/processes.ts';
import { inOwnSession } from './connection.ts';
import { postmasterOf, readControlFile } from './data-folder.ts';

export interface ServerProcess {
  readonly kind: 'session' | 'archiver' | 'checkpointer' | 'sender' | 'other';
  /** What it shows of what it does: `archiving 000000010000000000000003`, `repl 10.0.0.2(39712) streaming 0/3000148`; empty: nothing. */
  readonly title: string;
}

const kinds: Readonly<Record<string, ServerProcess['kind']>> = {
  archiver: 'archiver',
  checkpointer: 'checkpointer',
  walsender: 'sender',
  // It ends with the sessions.
  'autovacuum worker': 'session',
};

const auxiliary =
  /^(?:.*: )?(archiver|checkpointer|walsender|autovacuum worker|background writer|walwriter|walreceiver|startup|logger|stats collector|walsummarizer|slotsync worker|io worker|autovacuum launcher|logical replication launcher|bgworker)\b:? *(.*)$/;

/** Unknown forms give null, never a guess: `postgres: pg-1: archiver archiving 000000010000000000000003`, with cluster_name in front where there is one. Source: ps_status.c. PURE. */
export function parseProcessTitle(cmdline: string): ServerProcess | null {
  const match = /^postgres: (.*)$/s.exec(cmdline.replaceAll('\0', ' ').trim());
  if (match?.[1] === undefined) return null;
  const special = auxiliary.exec(match[1]);
  const name = special?.[1];
  if (name === undefined) return { kind: 'session', title: match[1] };
  return { kind: kinds[name] ?? 'other', title: (special?.[2] ?? '').trim() };
}

type Child = ServerProcess & { readonly pid: number };

/** One sentence without its end; null: it does not shut down. */
export async function shutdownWaitsFor(context: DriverContext): Promise<string | null> {
  const { host } = context;
  const held = await postmasterOf(context);
  if (held?.status !== 'stopping') return null;
  const children = await serverProcesses(host, held.pid);
  const of = (kind: ServerProcess['kind']) => children.filter((child) => child.kind === kind);
  const [[archiver], [checkpointer], sessions, senders] = [of('archiver'), of('checkpointer'), of('session'), of('sender')];
  if (sessions.length > 0) return `the server waits for ${many(sessions, 'session')} to end: ${sessions[0]?.title}`;
  const busy = archiver === undefined ? null : await archiving(host, archiver);
  if (busy !== null) return busy;
  // From 18 on it stays until the end.
  if (checkpointer !== undefined)
    return `the server writes its last checkpoint${senders.length === 0 ? '' : `, and sends what is left to ${many(senders, 'receiver')}`}`;
  if (senders.length > 0) return `the server waits for ${many(senders, 'receiver')} to receive all of its WAL: ${senders[0]?.title}`;
  return archiver === undefined ? 'the server shuts down' : 'the server waits for its archiver';
}

const many = (all: readonly unknown[], what: string): string => `${all.length} ${what}${all.length === 1 ? '' : 's'}`;

/** The command runs as its child; a shell in between is not worth a word. null: it does nothing just now. */
async function archiving(host: DriverHost, { pid, title }: Child): Promise<string | null> {
  const [command] = await childrenOf(host, pid);
  if (command === undefined && !title.startsWith('archiving')) return null;
  const what = `the server waits for its archiver${title === '' ? '' : ` (${title})`}`;
  if (command === undefined) return what;
  const words = (await shownBy(host, command, 'cmdline')).replaceAll('\0', ' ').trim();
  const ageMs = await ageOf(host, command);
  return `${what}: \`${words.replace(/^\S*sh -c /, '').slice(0, commandChars)}\`${ageMs === null ? '' : ` has run for ${durationText(ageMs)}`}`;
}

/** Enough to know it by. */
const commandChars = 100;

async function serverProcesses(host: DriverHost, postmaster: number): Promise<readonly Child[]> {
  const ask = async (pid: number) => ({ pid, process: parseProcessTitle(await shownBy(host, pid, 'cmdline')) });
  const asked = await Promise.all((await childrenOf(host, postmaster)).map(ask));
  return asked.flatMap(({ pid, process }) => (process === null ? [] : [{ pid, ...process }]));
}

/** The postmaster that holds the data directory, and its address. */
export const signsOfLife = {
  async holder(context: DriverContext): Promise<number | null> {
    const held = await postmasterOf(context);
    // A file that a kill left behind names a process that is gone, or another program by now.
    return held !== null && (await shownBy(context.host, held.pid, 'comm')).trim() === 'postgres' ? held.pid : null;
  },
  answersAtAll: (context: DriverContext): Promise<unknown> =>
    context.tool('stopped', (during) => inOwnSession(during, async () => undefined)),
};

export const stopped = (context: DriverContext): Promise<Finding> => stoppedBy(signsOfLife, context);

/** It wrote its last checkpoint. One that was killed in the very moment of its stop did not: only its own recovery knows where it ended. */
export const shutDown = (context: DriverContext): Promise<Finding> =>
  finding(context, 'shut-down', null, async () => {
    const { state } = await readControlFile(context);
    return [state === 'shut down' || state === 'shut down in recovery', `the state in its control file is "${state}"`];
  });
