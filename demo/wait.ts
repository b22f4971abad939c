import { pause, systemClock } from '../common/clock.ts';
import { fail } from '../common/failure.ts';

const probeEveryMs = 50;

/**
 * Looks until there is something to see and returns it. Throws FailureError `timeout` naming what was waited for and what the last
 * look said, after limitMs; throws the signal's reason when it is aborted.
 */
export async function waitFor<T>(
  what: string,
  limitMs: number,
  signal: AbortSignal,
  look: () => Promise<{ readonly seen: T } | { readonly notYet: string }>,
): Promise<T> {
  const endMs = systemClock.monotonicMs() + limitMs;
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if ('seen' in found) return found.seen;
    if (systemClock.monotonicMs() > endMs) throw fail('timeout', 'demo-wait', `${what}: not within ${limitMs / 1000} s (${found.notYet})`);
    await pause(systemClock, probeEveryMs, signal);
  }
}
