/** PURE. How many messages one stream may bring, or calls one connection: a burst, and then a steady pace. Who brings more is broken or hostile, and costs the others their turn. */
export interface Pace {
  readonly burst: number;
  readonly perSecond: number;
}

/** A fleet member that comes back with a journal full of reports brings a few hundred; under way it is a handful a second. */
export const agentPace: Pace = { burst: 5_000, perSecond: 200 };

/** Calls of one connection, those included that are reset as they are made. People who walk through all pages of all lists make some dozens a second. */
export const callPace: Pace = { burst: 2_000, perSecond: 200 };

export class MessageRate {
  readonly #pace: Pace;
  #left: number;
  #atMs: number;

  constructor(pace: Pace, nowMs: number) {
    this.#pace = pace;
    this.#left = pace.burst;
    this.#atMs = nowMs;
  }

  /** Whether one more message is within the pace; `nowMs` never goes backwards. */
  takes(nowMs: number): boolean {
    const { burst, perSecond } = this.#pace;
    this.#left = Math.min(burst, this.#left + ((nowMs - this.#atMs) / 1000) * perSecond);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
