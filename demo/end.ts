/** Ends a fleet knowing nothing but its folder: the process that started it may be long gone. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { fail } from '../common/failure.ts';
import { argumentsOf, isAlive, processesOf, signal } from './supervisor/processes.ts';
import { waitFor } from './wait.ts';

export const runDirPrefix = 'drydock-demo-';

/** Longer than a supervisor gives its units. */
const orderlyLimitMs = 15_000;
const killLimitMs = 5_000;
const never = new AbortController().signal;

export interface EndedFleet {
  /** Processes that the fleet had; every one of them is gone now. */
  readonly ended: readonly number[];
  /** Of these, the ones that had to be killed. */
  readonly killed: readonly number[];
}

/**
 * Ends every process of the fleet, by telling the supervisors, which end their units in order, and removes the folder.
 * Throws FailureError when the folder is not a demo's, or when a process does not go away.
 */
export async function endFleet(dir: string): Promise<EndedFleet> {
  if (!isAbsolute(dir) || !basename(dir).startsWith(runDirPrefix) || !existsSync(dir)) {
    throw fail('not-found', 'no-such-fleet', `${dir} is not the folder of a demo fleet; it was printed when the fleet was started`);
  }
  const ended = processesOf(dir);
  const supervisors = ended.filter(isSupervisor);
  for (const pid of supervisors) signal(pid, 'SIGTERM');
  await allEnded(supervisors, orderlyLimitMs).catch(() => {}); // what stays after them is killed next
  const stubborn = processesOf(dir);
  for (const pid of stubborn) signal(pid, 'SIGKILL');
  await allEnded([...ended, ...stubborn], killLimitMs);
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  return { ended, killed: stubborn };
}

/** For people: what became of a fleet, after every process was looked at one by one. */
export function endedText(dir: string, { ended, killed }: EndedFleet): string {
  const how = killed.length === 0 ? '' : `, ${killed.length} of them killed`;
  return `${ended.length} processes ended${how}, none left; ${dir} removed`;
}

const isSupervisor = (pid: number) => argumentsOf(pid).some((argument) => argument.endsWith('demo/supervisor/main.ts'));

function allEnded(pids: readonly number[], limitMs: number): Promise<boolean> {
  return waitFor('end of the fleet', limitMs, never, async () => {
    const left = pids.filter(isAlive);
    return left.length === 0 ? { seen: true } : { notYet: `still there: ${left.join(', ')}` };
  });
}
