/** Ctrl-C as a terminal sends it: the CLI on a pseudo-terminal of `script`, with nothing between the key and the program. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { programArgv } from '../../demo/programs.ts';
import { testerFolder } from '../identities.ts';
import { documentBytes, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';

const ctrlC = '\u0003';
const showCursor = '\u001b[?25h';

let operator: StandInOperator | null = null;
afterEach(() => operator?.kill());

/** Types Ctrl-C once the text is on the screen. */
async function interruptedAt(text: string, args: readonly string[]): Promise<{ readonly exitCode: number; readonly screen: string }> {
  // Without a terminal of its own, `script` makes one of no lines and no columns.
  const command = ['stty rows 30 columns 100; exec', ...programArgv('drydock'), ...args].join(' ');
  const env = {
    ...process.env,
    DRYDOCK_CONTROLLER: operator?.address,
    DRYDOCK_IDENTITY: await testerFolder(),
    TERM: 'xterm',
    NO_COLOR: '1',
  };
  const terminal = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  let screen = '';
  let isTyped = false;
  terminal.stdout.setEncoding('utf8').on('data', (seen: string) => {
    screen += seen;
    if (isTyped || !screen.includes(text)) return;
    isTyped = true;
    terminal.stdin.write(ctrlC);
  });
  const [exitCode] = (await once(terminal, 'close')) as [number];
  return { exitCode, screen };
}

it('13.1: Ctrl-C in the live view on a terminal leaves the run running, says how to rejoin it and exits 0', async () => {
  operator = await startOperator({
    answers: { GetRun: () => ({ status: documentBytes(documents.run) }) },
    watch: (call) => void call.write({ status: documentBytes(documents.run) }),
  });
  const { exitCode, screen } = await interruptedAt('pg-1 primary', ['watch', 'r-12']);
  expect(screen).toContain('left r-12; it continues. Rejoin: drydock watch r-12');
  expect(exitCode).toBe(0);
  expect(screen).toContain(showCursor);
  expect(operator.asked).toEqual(['GetRun', 'WatchRun']);
});
