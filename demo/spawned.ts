/** Programs that the demo runs to their end: what they said, and how they ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  /** 128 + n when a signal ended it, as shells count. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `inherit`: the program has the terminal, and nothing is collected. */
  readonly terminal: 'inherit' | 'collect';
  /** Ends the program early. */
  readonly signal: AbortSignal;
}

/** Never throws for a program's exit code; throws when it cannot be started or the signal is aborted. */
export async function runToEnd(argv: readonly [string, ...string[]], options: RunOptions): Promise<Ended> {
  options.signal.throwIfAborted();
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    env: options.env,
    stdio: options.terminal === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const [exitCode]: (number | null)[] = await once(child, 'close');
  return { exitCode: exitCode ?? 128, ...output };
}
