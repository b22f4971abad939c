/** Questions to a person at a terminal. What scripts say instead, each command offers as options. */
import { createInterface } from 'node:readline/promises';
import { fail } from '../common/failure.ts';
import { printableLine } from '../common/printable.ts';
import type { Session } from './session.ts';

export const canAsk = ({ io }: Session): boolean => io.stdin.isTTY === true;

/** The line that was typed; FailureError(failed, `interrupted`) after Ctrl-C. */
export async function ask({ io }: Session, question: string): Promise<string> {
  const { stdin, stderr, interrupted } = io;
  const prompt = createInterface({ input: stdin, output: stderr });
  try {
    return await prompt.question(printableLine(question), { signal: interrupted });
  } catch (error) {
    if (interrupted.aborted) throw fail('failed', 'interrupted', 'interrupted; nothing was changed');
    throw error;
  } finally {
    prompt.close();
  }
}

/** Anything but y or yes is no, Ctrl-C too. */
export async function confirmed(session: Session, question: string): Promise<boolean> {
  const answer = await ask(session, `${question} [y/N] `).catch((thrown: unknown) => {
    if (session.io.interrupted.aborted) return 'no';
    throw thrown;
  });
  return /^(y|yes)$/i.test(answer.trim());
}
