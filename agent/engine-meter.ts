/** How long an order waited for the database and for what runs it; the rest of its time is the agent's own. */
import type { Clock } from '../common/clock.ts';

export interface EngineMeter {
  /** Milliseconds so far; waits at the same time count once. */
  readonly totalMs: number;
  /** Counts until the work has ended. */
  during<T>(work: Promise<T>): Promise<T>;
  /** The port with the named calls counted; without names all of them. */
  over<T extends object>(port: T, calls?: readonly (keyof T)[]): T;
}

export function startEngineMeter(clock: Clock): EngineMeter {
  let open = 0;
  let sinceMs = 0;
  let totalMs = 0;
  const meter: EngineMeter = {
    get totalMs() {
      return totalMs + (open > 0 ? clock.monotonicMs() - sinceMs : 0);
    },
    during(work) {
      if (open === 0) sinceMs = clock.monotonicMs();
      open += 1;
      return work.finally(() => {
        open -= 1;
        if (open === 0) totalMs += clock.monotonicMs() - sinceMs;
      });
    },
    over: (port, calls) =>
      new Proxy(port, {
        get(target, key) {
          const member: unknown = Reflect.get(target, key, target);
          if (typeof member !== 'function' || (calls !== undefined && !calls.includes(key as keyof typeof target))) return member;
          return (...args: readonly unknown[]): unknown => {
            const answer: unknown = Reflect.apply(member, target, args);
            return answer instanceof Promise ? meter.during(answer) : answer;
          };
        },
      }),
  };
  return meter;
}
