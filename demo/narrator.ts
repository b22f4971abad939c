/** The demo's voice: headings, what is being done, the commands as a person would type them. */
import { systemClock } from '../common/clock.ts';

export interface Narrator {
  heading(text: string): void;
  say(text: string): void;
  /** A command that is about to be run, ready to be typed again. */
  command(args: readonly string[]): void;
  verdict(good: boolean, text: string): void;
}

type Out = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;

/** Colours only where a person reads them and did not decline them. */
export function narrateTo(out: Out, env: NodeJS.ProcessEnv): Narrator {
  const startedMs = systemClock.monotonicMs();
  const colour = out.isTTY === true && (env.NO_COLOR ?? '') === '';
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const elapsed = () => `${((systemClock.monotonicMs() - startedMs) / 1000).toFixed(0)} s`.padStart(5);
  return {
    heading: (text) => out.write(`\n${paint(1, text)}\n`),
    say: (text) => out.write(`${paint(2, elapsed())}  ${text}\n`),
    command: (args) => out.write(`\n${paint(36, `$ ${['drydock', ...args].map(quoted).join(' ')}`)}\n`),
    verdict: (good, text) => out.write(`  ${good ? paint(32, '✓') : paint(31, '✗')} ${text}\n`),
  };
}

const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** 0.41 s, 12 ms: as short as a person wants to know it. */
export function durationText(ms: number): string {
  return ms < 100 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
