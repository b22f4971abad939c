import type { Clock, Timer } from '../../common/clock.ts';

interface Pending {
  readonly dueMs: number;
  readonly number: number;
  readonly callback: () => void;
}

/** Time that moves only when the test says so: whatever became due meanwhile happens in order, one thing after the other. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #count = 0;
  readonly #startMs: number;
  readonly #pending = new Set<Pending>();

  constructor(startWallMs = Date.UTC(2026, 0, 1)) {
    this.#startMs = startWallMs;
  }

  wallMs(): number {
    return this.#startMs + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    this.#count += 1;
    const entry: Pending = { dueMs: this.#nowMs + Math.max(0, delayMs), number: this.#count, callback };
    this.#pending.add(entry);
    return { cancel: () => void this.#pending.delete(entry) };
  }

  /** Moves time by so much; settles what happens on the way. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.runUntil(() => this.#next() === null || (this.#next()?.dueMs ?? 0) > untilMs);
    this.#nowMs = Math.max(this.#nowMs, untilMs);
    await settled();
  }

  /** Moves time from timer to timer until the condition holds. Throws when nothing is left to happen, or after limitMs. */
  async runUntil(holds: () => boolean, limitMs = 3_600_000): Promise<void> {
    const untilMs = this.#nowMs + limitMs;
    for (;;) {
      await settled();
      if (holds()) return;
      const next = this.#next();
      if (next === null) throw new Error('nothing is left to happen and the condition does not hold');
      if (next.dueMs > untilMs) throw new Error(`the condition did not hold within ${limitMs} ms of virtual time`);
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
    }
  }

  #next(): Pending | null {
    let next: Pending | null = null;
    for (const entry of this.#pending)
      if (next === null || entry.dueMs < next.dueMs || (entry.dueMs === next.dueMs && entry.number < next.number)) next = entry;
    return next;
  }
}

/** Lets everything that can go on without time go on: promises, and what they schedule. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
