/** One server program, started and stopped by hand. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { DriverHost } from '../../common/driver.ts';

export interface Server {
  /** Does nothing while it runs. */
  start(): void;
  /** Resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  readonly unitState: DriverHost['unitState'];
}

export function serverOf([program, ...args]: readonly [string, ...string[]]): Server {
  let child: ChildProcess | null = null;
  const isRunning = () => child !== null && child.exitCode === null && child.signalCode === null;
  return {
    start() {
      if (!isRunning()) child = spawn(program, args, { stdio: 'ignore' });
    },
    async stop(signal = 'SIGTERM') {
      if (child === null || !isRunning()) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
    unitState: async () => ({ active: isRunning(), invocationId: null, pid: isRunning() ? (child?.pid ?? null) : null }),
  };
}
