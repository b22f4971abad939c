/** The share of a suite that every run of the tests plays. */
import { Stories } from './stories.ts';
import { type SuiteName, suites } from './suites.ts';

export async function playShare(suite: SuiteName, seeds: readonly number[]): Promise<void> {
  const stories = new Stories();
  for (const seed of seeds) stories.add(await suites[suite](seed));
  stories.tell();
}
