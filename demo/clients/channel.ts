/** The demo's side of its clients, whatever engine they are of: starts their process and asks it for figures. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { runMark } from '../supervisor/processes.ts';
import { type Ask, type Reported, reportedSchema } from './messages.ts';

export interface ClientsOf<Report> {
  readonly pid: number;
  /** Figures so far, with everything acknowledged so far read back. Throws when it cannot be read. */
  report(): Promise<Report>;
  /** Stops writing, reads everything back, ends the process. */
  end(): Promise<Report>;
  /** Ends the process at once, without figures; nothing happens when it is gone already. */
  kill(): Promise<void>;
}

export interface ClientsWanted<Report> {
  /** Runs the clients: a program that calls `serveClients`. */
  readonly program: URL;
  readonly address: unknown;
  /** Of each client after every write; 0: none. */
  readonly pauseMs: number;
  readonly reportSchema: z.ZodType<Report>;
  readonly runDir: string;
  readonly signal: AbortSignal;
}

/** Starts writing and reading, and resolves when the first write is acknowledged. */
export async function forkClients<Report>(wanted: ClientsWanted<Report>): Promise<ClientsOf<Report>> {
  const { signal } = wanted;
  signal.throwIfAborted();
  const child = fork(fileURLToPath(wanted.program), [], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: { ...process.env, [runMark]: wanted.runDir },
    detached: true, // Ctrl-C at the terminal is for the demo alone, which then ends its clients in order
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');

  const ask = async (question: Ask): Promise<Reported> => {
    const answer = Promise.race([once(child, 'message', { signal }), ended.then(() => null)]);
    child.send(question);
    const received = await answer;
    if (received === null) throw new Error('the clients ended without an answer');
    const reported = reportedSchema.parse(received[0]);
    if (reported.reported === 'failure') throw new Error(`clients: ${reported.message}`);
    return reported;
  };
  const figures = async (question: Ask): Promise<Report> => {
    const reported = await ask(question);
    if (reported.reported !== 'report') throw new Error(`clients reported ${reported.reported} where figures were asked for`);
    return wanted.reportSchema.parse(reported.report);
  };

  await ask({ ask: 'begin', address: wanted.address, pauseMs: wanted.pauseMs });
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
