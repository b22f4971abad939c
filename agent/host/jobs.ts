/**
 * Jobs as detached children, each with a keeper (job-keeper.ts) and a folder: what to run, who claimed it, the end of what it wrote, how it ended.
 * Neither the agent's end nor its restart touches them.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Clock, pause } from '../../common/clock.ts';
import type { JobCommand } from '../../common/driver.ts';
import { fail } from '../../common/failure.ts';
import { makeFolder } from '../../common/files.ts';
import { childEnvironment, identityOf, isAlive, type ProcessMark, sessionOf } from './commands.ts';
import { flush, moveDurably } from './durable.ts';
import type { Jobs } from './host.ts';
import { claim, claimFile, exitFile, jobFile, type KeptJob, outputFile } from './job-keeper.ts';

const startMs = 20_000;
const graceMs = 10_000;
const killMs = 10_000;
const pollMs = 20;

/** Claimed so that nothing ever starts it. */
const givenUp: ProcessMark = { pid: 0, startTicks: 0, bootId: '' };

const claimSchema = z.object({ pid: z.int(), startTicks: z.number(), bootId: z.string() });
const exitSchema = z.object({ exitCode: z.int().nullable() });

/** @param keeper starts a keeper when the job's folder is added to it */
export function diskJobs(jobsDir: string, clock: Clock, keeper: readonly [string, ...string[]] = ownKeeper()): Jobs {
  const folderOf = (id: string): string => join(jobsDir, id);

  const markOf = async (id: string): Promise<ProcessMark | null> => {
    const text = await textOf(claimFile(folderOf(id)));
    return text === null ? null : claimSchema.parse(JSON.parse(text));
  };
  const exitOf = async (id: string): Promise<{ readonly exitCode: number | null } | null> => {
    const text = await textOf(exitFile(folderOf(id)));
    return text === null ? null : exitSchema.parse(JSON.parse(text));
  };
  /** Looks at every process of the host. */
  const runsOf = (mark: ProcessMark): readonly number[] => (mark.pid === givenUp.pid ? [] : sessionOf(mark));

  /** Resolves to what still runs then. */
  const untilGone = async (mark: ProcessMark, limitMs: number): Promise<readonly number[]> => {
    const endMs = clock.monotonicMs() + limitMs;
    for (;;) {
      const left = runsOf(mark);
      if (left.length === 0 || clock.monotonicMs() > endMs) return left;
      await pause(clock, pollMs);
    }
  };

  return {
    async startJob(id, command) {
      const folder = folderOf(id);
      await makeFolder(folder, 0o700);
      const claimed = await markOf(id);
      if (claimed?.pid === givenUp.pid) throw notStarted(command, 'it was cancelled before it began');
      if (claimed !== null) return;
      const own = join(folder, randomUUID());
      await writeFile(own, JSON.stringify(keptJob(command)), { flush: true, mode: 0o600 });
      await moveDurably(own, jobFile(folder));
      await flush(jobsDir);
      const gone = startKeeper([...keeper, folder] as [string, ...string[]]);
      const endMs = clock.monotonicMs() + startMs;
      while (!existsSync(claimFile(folder)) && clock.monotonicMs() < endMs && gone.why === null) await pause(clock, pollMs);
      // From here on nothing can start it, if nothing has: what is told of it now stays true.
      if (claim(folder, givenUp)) throw notStarted(command, gone.why ?? `its keeper did not answer in ${startMs} ms`);
    },
    async jobState(id) {
      const mark = await markOf(id);
      if (mark === null) return { kind: 'none' };
      const runs = isAlive(mark) || runsOf(mark).length > 0;
      // Looked for last: between two probes it may have ended.
      const exit = await exitOf(id);
      if (exit !== null) return { kind: 'ended', exitCode: exit.exitCode };
      return { kind: runs ? 'running' : 'lost' };
    },
    jobOutput: async (id) => (await textOf(outputFile(folderOf(id)))) ?? '',
    async endJob(id) {
      const folder = folderOf(id);
      if (!existsSync(folder)) return;
      claim(folder, givenUp);
      const mark = await markOf(id);
      if (mark === null) return;
      for (const [signal, limitMs] of [
        ['SIGTERM', graceMs],
        ['SIGKILL', killMs],
      ] as const) {
        for (const pid of runsOf(mark)) signalTo(pid, signal);
        if ((await untilGone(mark, limitMs)).length === 0) return;
      }
      throw fail(
        'failed',
        'job-not-ended',
        `job ${id} still runs as process ${runsOf(mark).join(', ')} after it was killed: check the host`,
      );
    },
    forgetJob: (id) => rm(folderOf(id), { recursive: true, force: true }),
    jobsSeen: () => readdir(jobsDir).catch(() => []),
  };
}

function notStarted({ argv: [program] }: JobCommand, why: string): Error {
  return fail('failed', 'job-not-started', `${program} was not started: ${why}`, { remedy: 'retry' });
}

function keptJob({ argv, env, asOwnerOf }: JobCommand): KeptJob {
  const { uid, gid } = identityOf(asOwnerOf);
  return { argv, env: childEnvironment(env), ...(uid === undefined || gid === undefined ? {} : { uid, gid }) };
}

/** `why`: that it is gone, and why; null as long as it runs. */
function startKeeper([program, ...args]: readonly [string, ...string[]]): { readonly why: string | null } {
  const gone: { why: string | null } = { why: null };
  const child = spawn(program, args, { detached: true, stdio: 'ignore', cwd: '/' });
  child.once('error', (error) => {
    gone.why = error.message;
  });
  child.once('exit', (code, signal) => {
    gone.why = `its keeper ended with ${signal ?? `exit code ${code}`}`;
  });
  child.unref();
  return gone;
}

/** This very program, as `drydock-agent job FOLDER`. */
function ownKeeper(): readonly [string, ...string[]] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? '', 'job'];
}

function signalTo(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** null: there is no such file. */
async function textOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw fail('failed', 'unreadable', `${path} cannot be read: ${error.message}`);
  });
}
