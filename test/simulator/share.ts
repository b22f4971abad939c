/**
 * The fixed share that every run of the tests plays: so many seeds of a suite, and of the points of a run one of each eighth kind, or of
 * fewer kinds. EVERY_POINT=1 plays all points, and CI plays seeds beside it.
 */
import { kindOf, type Point } from './points.ts';
import { Stories } from './stories.ts';
import { type SuiteName, suites } from './suites.ts';

export async function playShare(suite: SuiteName, seeds: readonly number[]): Promise<void> {
  const stories = new Stories();
  for (const seed of seeds) stories.add(await suites[suite](seed));
  stories.tell();
}

/** Eight neighbouring seeds leave no kind out: that many kinds for each one that a run plays. */
const kindsPerPoint = 8;

/** One point of one kind in `8 * among`; which ones is shown by the seed. */
export function shareOf<Of extends { readonly point: Point }>(points: readonly Of[], seed: number, among = 1): readonly Of[] {
  if (process.env.EVERY_POINT !== undefined) return points;
  const kinds = new Map<string, Of[]>();
  for (const each of points) {
    const kind = kindOf(each.point);
    kinds.set(kind, [...(kinds.get(kind) ?? []), each]);
  }
  const shared = [...kinds.values()].filter((_, at) => (at + seed) % (kindsPerPoint * among) === 0);
  return shared.flatMap((alike) => alike[seed % alike.length] ?? []);
}
