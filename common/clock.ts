/** Time is an argument: everything that waits or stamps gets a Clock, so tests move time instead of waiting for it. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, milliseconds since the epoch. For people and logs, never for deciding what came first. */
  wallMs(): number;
  /** Never goes backwards; for deadlines and durations, milliseconds. */
  monotonicMs(): number;
  /** Calls back once after delayMs. Does not keep the program alive. */
  after(delayMs: number, callback: () => void): Timer;
}

/** Timers of the runtime that are to last longer than this are over at once. */
export const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number) => {
      const nowMs = Math.min(leftMs, longestTimerMs);
      timer = setTimeout(() => (nowMs < leftMs ? wait(leftMs - nowMs) : callback()), nowMs);
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** The calendar's day in UTC, such as 2026-11-29. For what people have dated. */
export const dayOf = (clock: Clock): string => new Date(clock.wallMs()).toISOString().slice(0, 10);

/**
 * Resolves after delayMs of the given clock, rounded up to whole milliseconds as timers have them: what is left of a span can be too little
 * for the clock to move by, and who pauses for that in a loop would never leave it. Or at once when the signal is or becomes aborted. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = () => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(Math.ceil(delayMs), done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
