import type { Clock, Timer } from '../common/clock.ts';

/** The promise's value, or null when it takes longer than limitMs of the given clock; what comes later is dropped. */
export async function within<T>(clock: Clock, limitMs: number, promise: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    let timer: Timer | null = null;
    // Before the timer: where the clock takes none any more, what was asked must not fail unheard.
    promise.then(resolve, reject).finally(() => timer?.cancel());
    timer = clock.after(Math.max(0, limitMs), () => resolve(null));
  });
}
