/** A server that is started and stopped by hand, its output in a file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

export interface Spawned {
  readonly pid: number;
  isRunning(): boolean;
  /** Resolves when it is gone. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

export function spawnServer(argv: readonly [string, ...string[]], logFile: string): Spawned {
  const [program, ...args] = argv;
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, { cwd: '/', stdio: ['ignore', log, log] });
  closeSync(log);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    isRunning,
    async stop(signal) {
      if (!isRunning()) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}
