/** The place that a text will stand in: its width, zone and colours. The only file that knows colours. */
import { styleText } from 'node:util';
import type { Terminal } from '../io.ts';

/** What a renderer may know of the place that its text will stand in. */
export interface View {
  /** Columns of the terminal; null: not a terminal, nothing is cut or wrapped. */
  readonly width: number | null;
  /** `-o wide`. */
  readonly wide: boolean;
  readonly paint: Paint;
  readonly nowMs: number;
  readonly timeZone: string;
}

export const plainView = (nowMs: number): View => ({ width: null, wide: false, paint: plain, nowMs, timeZone: 'UTC' });

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
