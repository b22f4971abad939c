/**
 * Runs in the child `drydock-agent job FOLDER`, in a session of its own: it starts what the folder says, keeps the end of what that writes and its
 * exit code, and leaves. It outlives the agent, and only one keeper ever has a folder: the claim is a file that is made once.
 */
import { spawn } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { thisProcess } from './commands.ts';

const keptChars = 64 * 1024;
const writtenEveryMs = 500;
/** For what still lies in the pipes when the program itself has ended; what it left behind may hold them open. */
const drainMs = 500;

export interface KeptJob {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
}

export const jobFile = (folder: string): string => join(folder, 'job.json');
export const claimFile = (folder: string): string => join(folder, 'claim.json');
export const exitFile = (folder: string): string => join(folder, 'exit.json');
export const outputFile = (folder: string): string => join(folder, 'output');

/** Durable, and made only once: false when somebody else has claimed the job. */
export function claim(folder: string, content: unknown): boolean {
  const own = join(folder, `claim.${process.pid}.${Math.random().toString(36).slice(2)}`);
  writeFileSync(own, JSON.stringify(content), { flush: true });
  try {
    linkSync(own, claimFile(folder));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Resolves when the job has ended and its exit code is on disk. */
export async function keepJob(folder: string): Promise<void> {
  const job = JSON.parse(readFileSync(jobFile(folder), 'utf8')) as KeptJob;
  // The group is asked to end, and this one tells how that went.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  if (!claim(folder, thisProcess())) return;
  const output = tailOf(outputFile(folder));
  const [program, ...args] = job.argv;
  const exitCode = await new Promise<number | null>((resolve) => {
    const { uid, gid, env } = job;
    const child = spawn(program, args, {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
      ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece: string) => output.add(piece));
    child.once('error', (error) => {
      output.add(`${program} cannot be run: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (code) => {
      const timer = setTimeout(() => resolve(code), drainMs);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(code);
      });
    });
  });
  output.write();
  writeWhole(exitFile(folder), JSON.stringify({ exitCode }));
}

/** The end of a text, on disk now and then: what was written last before a loss is what a later start goes on from. */
function tailOf(path: string): { add(piece: string): void; write(): void } {
  let text = '';
  let writtenMs = 0;
  const write = () => {
    writtenMs = performance.now();
    writeWhole(path, text);
  };
  return {
    add(piece) {
      text = (text + piece).slice(-keptChars);
      if (performance.now() - writtenMs >= writtenEveryMs) write();
    },
    write,
  };
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { flush: true });
  renameSync(`${path}.new`, path);
}
