/** The demo's side of its clients: starts their process and asks it for figures. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runMark } from '../supervisor/processes.ts';
import type { ClusterAddress } from './dial.ts';
import type { ClientsReport } from './ledger.ts';
import { type Ask, type Told, toldSchema } from './messages.ts';

export interface Clients {
  readonly pid: number;
  /** Figures so far, with every row acknowledged so far read back. Throws when the rows cannot be read. */
  report(): Promise<ClientsReport>;
  /** Stops writing, reads everything back, ends the process. */
  end(): Promise<ClientsReport>;
  /** Ends the process at once, without figures; nothing happens when it is gone already. */
  kill(): Promise<void>;
}

/** Loads data, starts writing and reading, each client with a pause after every row, and resolves when the first write is acknowledged. */
export async function startClients(cluster: ClusterAddress, runDir: string, signal: AbortSignal, pauseMs: number): Promise<Clients> {
  signal.throwIfAborted();
  const child = fork(fileURLToPath(new URL('main.ts', import.meta.url)), [], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: { ...process.env, [runMark]: runDir },
    detached: true, // Ctrl-C at the terminal is for the demo alone, which then ends its clients in order
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');

  const ask = async (question: Ask): Promise<Told> => {
    const answer = Promise.race([once(child, 'message', { signal }), ended.then(() => null)]);
    child.send(question);
    const received = await answer;
    if (received === null) throw new Error('the clients ended without an answer');
    const told = toldSchema.parse(received[0]);
    if (told.told === 'failure') throw new Error(`clients: ${told.message}`);
    return told;
  };
  const figures = async (question: Ask): Promise<ClientsReport> => {
    const told = await ask(question);
    if (told.told !== 'report') throw new Error(`clients told ${told.told} where figures were asked for`);
    return told.report;
  };

  await ask({ ask: 'begin', cluster, pauseMs });
  return {
    pid: child.pid ?? 0,
    report: () => figures({ ask: 'report' }),
    async end() {
      const report = await figures({ ask: 'end' });
      await ended;
      return report;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
