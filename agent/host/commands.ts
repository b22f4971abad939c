/** The one door to child processes: an argument vector, a small environment, capped output, and an end for the whole group. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
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
  fail('timeout', 'command-aborted', `${program} was killed: its answer came too late`, { remedy: 'retry' });

/** All that is inherited, and what is added. */
export function childEnvironment(added: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', ...added };
}

/** Throws FailureError `no-owner`. */
export function identityOf(path: string | undefined): { readonly uid?: number; readonly gid?: number; readonly cwd?: string } {
  if (path === undefined || process.geteuid?.() !== 0) return {};
  const owner = statSync(path, { throwIfNoEntry: false });
  if (owner === undefined) throw fail('failed', 'no-owner', `the owner of ${path} is unknown: it does not exist`);
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

// Processes of this host by the kernel's own table: which run, and whether a number still means the same process.

/** A process as it can be known again: numbers are given anew, after a boot and in the same one. */
export interface ProcessMark {
  readonly pid: number;
  /** In ticks since the boot. */
  readonly startTicks: number;
  readonly bootId: string;
}

interface ProcessSeen {
  readonly pid: number;
  readonly session: number;
  readonly startTicks: number;
  readonly isZombie: boolean;
}

export function thisProcess(): ProcessMark {
  const seen = processSeen(process.pid);
  return { pid: process.pid, startTicks: seen?.startTicks ?? 0, bootId: bootId() };
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** That very process runs. */
export function isAlive({ pid, startTicks, bootId: boot }: ProcessMark): boolean {
  const seen = processSeen(pid);
  return seen !== null && !seen.isZombie && seen.startTicks === startTicks && boot === bootId();
}

/** What runs of the session that this process leads or led. Empty: all of it is gone. */
export function sessionOf({ pid, startTicks, bootId: boot }: ProcessMark): readonly number[] {
  if (boot !== bootId()) return [];
  const leader = processSeen(pid);
  // The number is another one's now, which is not given while anything of the session is left.
  if (leader !== null && leader.startTicks !== startTicks) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processSeen(Number(name)) ?? [])
    .filter((each) => each.session === pid && each.startTicks >= startTicks && !each.isZombie)
    .map((each) => each.pid);
}

/** Fields after the name, which may hold anything but is the last thing in brackets. null: it is gone. */
function processSeen(pid: number): ProcessSeen | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, session: Number(fields[3]), startTicks: Number(fields[19]), isZombie: fields[0] === 'Z' };
  } catch {
    return null;
  }
}
