/** How long what is over is kept: as people write it in settings, and in milliseconds. */
import { z } from 'zod';
import { durationMs } from './duration-text.ts';

const dayMs = 86_400_000;
const forever = 'forever';

/**
 * A setting: `400d`, or `forever`.
 * @param leastDays fewer are refused: what is still asked for would be gone
 */
export function keptFor(leastDays: number) {
  const expected = `expected ${leastDays}d or more (400d), or ${forever}`;
  return z.string(expected).refine((text) => text === forever || (durationMs(text) ?? -1) >= leastDays * dayMs, expected);
}

/** Of a setting that was checked; Infinity: nothing is removed. */
export function keptMs(text: string): number {
  return durationMs(text) ?? Number.POSITIVE_INFINITY;
}
