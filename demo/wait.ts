import { pause, systemClock } from '../common/clock.ts';
import { fail } from '../common/failure.ts';

const probeEveryMs = 50;
/** A probe that is a program's start, repeated without pause, takes a core from the servers that are waited for; a short wait stays exact. */
const dearer = 3;

/**
 * Polls until there is something to see and returns it. Throws FailureError `timeout` naming what was waited for and what the last
 * poll said, after limitMs; throws the signal's reason when it is aborted.
 */
export async function waitFor<T>(
  what: string,
  limitMs: number,
  signal: AbortSignal,
  poll: () => Promise<{ readonly seen: T } | { readonly notYet: string }>,
): Promise<T> {
  const begunMs = systemClock.monotonicMs();
  for (;;) {
    signal.throwIfAborted();
    const askedMs = systemClock.monotonicMs();
    const found = await poll();
    if ('seen' in found) return found.seen;
    const nowMs = systemClock.monotonicMs();
    if (nowMs > begunMs + limitMs) throw fail('timeout', 'demo-wait', `${what}: not within ${limitMs / 1000} s (${found.notYet})`);
    await pause(systemClock, Math.max(probeEveryMs, Math.min(dearer * (nowMs - askedMs), (nowMs - begunMs) / 5)), signal);
  }
}
