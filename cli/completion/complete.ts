/** Prints the scripts of scripts.ts, and answers them: what can be typed next, one word a line with what is said of it behind a tab. */
import type { Command } from 'commander';
import { printable } from '../../common/printable.ts';
import type { Session } from '../session.ts';
import { type Candidate, wantedAt } from './line.ts';
import { namesOf } from './names.ts';
import { completionScript, type Shell } from './scripts.ts';

/** No shell gives these a meaning; a word with others in it is left away, no matter who sent it. */
const harmless = /^[\w.:+@=,/-]+$/;

/**
 * The first line says `words`, or `files` where a shell completes better itself. Nothing is ever written to standard error: it would land
 * in the middle of what a person types.
 */
export async function complete(session: Session, program: Command, words: readonly string[]): Promise<void> {
  const { line, lead, begun, words: known, names } = wantedAt(program, words);
  if (names === 'file') return write(session, ['files']);
  const { controller, context } = line.options;
  const asking: Session = {
    io: session.io,
    options: {
      ...session.options,
      ...(controller === undefined ? {} : { controller }),
      ...(context === undefined ? {} : { context }),
    },
  };
  const candidates = names === null ? known : [...known, ...(await namesOf(asking, names, line))];
  const fitting = candidates.filter(({ word }) => word.startsWith(begun) && harmless.test(word));
  write(session, ['words', ...fitting.map((candidate) => lineOf(lead, candidate))]);
}

export const showScript = (session: Session, shell: Shell): void => void session.io.stdout.write(completionScript(shell));

const lineOf = (lead: string, { word, about }: Candidate): string => `${lead}${word}\t${printable(about)}`;

/** Not by way of what people read: there a tab is a blank. */
const write = (session: Session, lines: readonly string[]): void => void session.io.stdout.write(`${lines.join('\n')}\n`);
