/**
 * Time and chance of a simulated fleet. Nothing waits for real: the clock jumps to the next timer once everybody has stopped talking.
 * The same seed gives the same run; a failure is a seed.
 */
import type { Clock, Timer } from '../../common/clock.ts';

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** mulberry32: small, well mixed, the same everywhere. Returns numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Wall clock of the first moment: a fixed day, so that logs of a seed are equal. */
const firstWallMs = Date.UTC(2030, 0, 1);

export class Kernel {
  readonly random: () => number;
  readonly clock: Clock;
  #nowMs = 0;
  #order = 0;
  readonly #due: Due[] = [];

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.clock = this.clockOf(() => true);
  }

  /** A clock for one program: when `alive` says no, its timers do not fire any more, as those of a killed process. */
  clockOf(alive: () => boolean): Clock {
    return {
      wallMs: () => firstWallMs + Math.floor(this.#nowMs),
      monotonicMs: () => this.#nowMs,
      after: (delayMs, callback) =>
        this.#at(delayMs, () => {
          if (alive()) callback();
        }),
    };
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** A whole number from `from` up to and including `to`. */
  between(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  #at(delayMs: number, callback: () => void): Timer {
    const due: Due = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    const place = this.#due.findIndex((other) => other.atMs > due.atMs);
    this.#due.splice(place === -1 ? this.#due.length : place, 0, due);
    return {
      cancel: () => {
        const index = this.#due.indexOf(due);
        if (index !== -1) this.#due.splice(index, 1);
      },
    };
  }

  /** Lets all that is ready run: promises first, then what they made ready. */
  async settle(): Promise<void> {
    for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
  }

  /**
   * Runs until `done` says so or simulated time reaches the limit. Returns whether `done` was reached.
   * `eachStep` is called after every timer: the place for invariants and for faults.
   */
  async run(done: () => boolean | Promise<boolean>, limitMs: number, eachStep: () => void | Promise<void> = () => {}): Promise<boolean> {
    for (;;) {
      await this.settle();
      await eachStep();
      if (await done()) return true;
      const next = this.#due[0];
      if (next === undefined || next.atMs > limitMs) return false;
      this.#due.shift();
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
  }
}
