import type { Clock } from '../common/clock.ts';
import type { Moment } from './agent-machine.ts';

export interface Stopwatch {
  now(): Moment;
}

/**
 * Measures an order from its begin, or goes on from the newest moment in the journal. The monotonic clock does not survive a restart,
 * so the time without an agent is taken from the wall clock, and never counts as negative.
 */
export function startStopwatch(clock: Clock, last: Moment | null): Stopwatch {
  const startedMs = clock.monotonicMs();
  const ranMs = last?.ranMs ?? 0;
  const awayMs = last === null ? 0 : Math.max(0, clock.wallMs() - last.wallMs);
  const spanMs = (last?.spanMs ?? 0) + awayMs;
  return {
    now() {
      const sinceMs = clock.monotonicMs() - startedMs;
      return { wallMs: clock.wallMs(), ranMs: ranMs + sinceMs, spanMs: spanMs + sinceMs };
    },
  };
}
