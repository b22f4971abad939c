/**
 * The fixed share that every run of the tests plays: so many seeds of a suite, and of the points of a run one of each kind, or one of every
 * other kind and the like. EVERY_POINT=1 plays all points.
 */
import { kindOf, type Point } from './points.ts';
import { Stories } from './stories.ts';
import { type SuiteName, suites } from './suites.ts';

export async function playShare(suite: SuiteName, seeds: readonly number[]): Promise<void> {
  const stories = new Stories();
  for (const seed of seeds) stories.add(await suites[suite](seed));
  stories.tell();
}

/** One point of each kind, of one kind in `among`; which ones is told by the seed: those of neighbouring seeds leave no kind out. */
export function shareOf<Of extends { readonly point: Point }>(points: readonly Of[], seed: number, among = 1): readonly Of[] {
  if (process.env.EVERY_POINT !== undefined) return points;
  const kinds = new Map<string, Of[]>();
  for (const each of points) {
    const kind = kindOf(each.point);
    kinds.set(kind, [...(kinds.get(kind) ?? []), each]);
  }
  const shared = [...kinds.values()].filter((_, at) => (at + seed) % among === 0);
  return shared.flatMap((alike) => alike[seed % alike.length] ?? []);
}
