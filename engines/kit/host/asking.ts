/** How drivers ask: once for all who want to know, again until it is so, and what it means when nothing answers. */
import { pause } from '../../../common/clock.ts';
import type { DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { FailureError, toFailure, unnamed } from '../../../common/failure.ts';
import type { Answer } from '../pure/checks.ts';

/** Code of FailureErrors: nothing listens where the instance should answer. */
export const notListening = 'not-listening';

/** Asks at the first call; all later ones share the answer. */
export function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask();
    return answer;
  };
}

/** null: it failed, as the world does. */
export function orNull<T>(asked: Promise<T>): Promise<T | null> {
  return asked.catch((thrown: unknown) => {
    if (thrown instanceof FailureError) return null;
    throw thrown;
  });
}

/** Asks again and again until it is so: true; false: not within the time, or the asking was ended. */
export async function until(
  { clock, signal }: DriverContext,
  { withinMs, everyMs }: { readonly withinMs: number; readonly everyMs: number },
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  const endMs = clock.monotonicMs() + withinMs;
  for (;;) {
    if (await isSo()) return true;
    if (signal.aborted || clock.monotonicMs() > endMs) return false;
    await pause(clock, everyMs, signal);
  }
}

/** What cannot be asked comes to `failed`, with the reason. */
export async function finding(
  { settings }: DriverContext,
  check: string,
  failed: false | null,
  ask: () => Promise<Answer>,
): Promise<Finding> {
  try {
    const [ok, detail] = await ask();
    return { check, ok, detail };
  } catch (thrown) {
    // Findings are listed by node: its name once is enough.
    return { check, ok: failed, detail: unnamed(toFailure(thrown).message, settings.instance) };
  }
}
