/** An agent that has come to rest after orders gives back what they took: the memory of a host is its database's. */
import type { Clock, Timer } from '../common/clock.ts';

/** Long enough that the next order of a turn has come: none shall wait for a collection. */
const restMs = 10_000;

interface AtRestParts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** An order is under way. */
  readonly isBusy: () => boolean;
  readonly giveBack: () => void;
}

/** Returns what is to be called when an order has ended: the rest is counted from then on, and what is given back is so once. */
export function giveBackAtRest({ clock, signal, isBusy, giveBack }: AtRestParts): () => void {
  let timer: Timer | null = null;
  const rest = () => {
    timer?.cancel();
    timer = clock.after(restMs, () => {
      if (signal.aborted) return;
      if (isBusy()) rest();
      else giveBack();
    });
  };
  return rest;
}
