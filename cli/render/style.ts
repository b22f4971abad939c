/** The only place that knows colours. */
import { styleText } from 'node:util';
import type { Terminal } from '../io.ts';

export type Tone = 'good' | 'bad' | 'attention' | 'faint' | 'strong';
export type Paint = (tone: Tone, text: string) => string;

const formats = { good: 'green', bad: 'red', attention: 'yellow', faint: 'dim', strong: 'bold' } as const;

export const plain: Paint = (_tone, text) => text;
export const coloured: Paint = (tone, text) => (text === '' ? '' : styleText(formats[tone], text, { validateStream: false }));

/** Colours only for a terminal that shows them, and only if neither --no-color nor NO_COLOR says otherwise. */
export function paintFor(stream: Terminal, env: Readonly<Record<string, string | undefined>>, allowed: boolean): Paint {
  const refused = !allowed || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return stream.isTTY === true && !refused ? coloured : plain;
}
