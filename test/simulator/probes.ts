/** Probes of simulated drivers: what they cost, how long they take, and that the same is never asked twice at once (P21). */
import { pause } from '../../common/clock.ts';
import type { DriverContext, ToolCall } from '../../common/driver.ts';
import { fail } from '../../common/failure.ts';

/** The price of its probes: the real drivers' tables, by the names of the twins' calls. */
export const probeTools: readonly ToolCall[] = [
  { id: 'alive', costMs: { tool: 1, database: 0 }, idleEveryMs: 5_000, turnEveryMs: 0, timeoutMs: 5_000 },
  { id: 'observe', costMs: { tool: 5, database: 10 }, idleEveryMs: 60_000, turnEveryMs: 0, timeoutMs: 5_000 },
  { id: 'check', costMs: { tool: 5, database: 10 }, idleEveryMs: null, turnEveryMs: 0, timeoutMs: 5_000 },
];

/** How the probes of one node are answered. */
export class Probes {
  /** Calls under way, each with what it asks about. */
  readonly #asking = new Set<string>();
  readonly #takesMs: () => number;
  readonly #broke: (what: string) => void;

  /** `takesMs`: how long the next call takes; Infinity: until it is ended. */
  constructor(takesMs: () => number, broke: (what: string) => void) {
    this.#takesMs = takesMs;
    this.#broke = broke;
  }

  /** In its own time, and for as long as it is wanted. P21: never beside another that asks the same. */
  async taking<T>(what: string, { clock, signal, settings }: DriverContext, act: () => Promise<T>): Promise<T> {
    if (this.#asking.has(what)) this.#broke(`P21 ${settings.instance} is asked ${what} while it is asked the same`);
    this.#asking.add(what);
    try {
      const takesMs = this.#takesMs();
      if (takesMs > 0) await pause(clock, Math.min(takesMs, 86_400_000), signal);
      if (signal.aborted) throw fail('failed', 'ended', `${what} was ended`);
      return await act();
    } finally {
      this.#asking.delete(what);
    }
  }
}
