/** The one door to child processes: an argument vector, a small environment, capped output, and an end for the whole group. */
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { longestTimerMs } from '../../common/clock.ts';
import type { CommandResult } from '../../common/driver.ts';
import { fail } from '../../common/failure.ts';

const maxOutputChars = 256 * 1024;

export interface CommandOptions {
  readonly timeoutMs: number;
  /** Added to PATH and LC_ALL=C, which is all that is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as the owner of this file or folder; only root can be somebody else. */
  readonly asOwnerOf?: string;
  /** Aborted: the whole group is ended. */
  readonly signal?: AbortSignal;
}

/** Runs to the end. Throws FailureError `command-missing`, `command-timeout` or `command-aborted`; an exit code other than 0 is a result. */
export function runCommand(argv: readonly [string, ...string[]], options: CommandOptions): Promise<CommandResult> {
  const [program, ...args] = argv;
  const { signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(aborted(program));
    const child = spawn(program, args, {
      // A group of its own, so that what it starts ends with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...identityOf(options.asOwnerOf),
      env: childEnvironment(options.env),
    });
    let timedOut = false;
    const timer = setTimeout(
      () => {
        timedOut = true;
        endGroup(child.pid);
      },
      Math.min(timeoutMs, longestTimerMs),
    );
    const abort = () => endGroup(child.pid);
    signal?.addEventListener('abort', abort, { once: true });
    const over = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.once('error', (error) => {
      over();
      reject(fail('failed', 'command-missing', `${program} cannot be run: ${error.message}`));
    });
    child.once('close', (exitCode) => {
      over();
      if (timedOut) reject(fail('timeout', 'command-timeout', `${program} did not end within ${timeoutMs} ms`, { remedy: 'retry' }));
      else if (signal?.aborted === true) reject(aborted(program));
      else resolve({ exitCode, stdout: stdout(), stderr: stderr() });
    });
  });
}

const aborted = (program: string): Error =>
  fail('timeout', 'command-aborted', `${program} was ended: its answer came too late`, { remedy: 'retry' });

/** All that is inherited, and what is added. */
export function childEnvironment(added: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', ...added };
}

/** Throws FailureError `no-owner`. */
export function identityOf(path: string | undefined): { readonly uid?: number; readonly gid?: number; readonly cwd?: string } {
  if (path === undefined || process.geteuid?.() !== 0) return {};
  const owner = statSync(path, { throwIfNoEntry: false });
  if (owner === undefined) throw fail('failed', 'no-owner', `no account owns ${path}: it is not there`);
  return { uid: owner.uid, gid: owner.gid, cwd: '/' };
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Keeps the first part of the output and drops the rest, so that a chatty tool cannot fill the memory. */
function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (piece: string) => {
    if (text.length < maxOutputChars) text += piece.slice(0, maxOutputChars - text.length);
  });
  return () => text;
}
