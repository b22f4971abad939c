import { expect, it } from 'vitest';
import { leastOf, playMatrix, wishesFrom } from './matrix.ts';

const wishes = wishesFrom(process.env);

it(`P1 P2 P3 P15 P16 P17 P18 P19 P20 hold when processes die or freeze while the primary hands over (seed ${wishes.seed})`, async () => {
  const share = await playMatrix('switchover', wishes);
  console.log(
    `switchover: ${share.played}${share.of === null ? '' : ` of ${share.of}`} cells in ${share.trips} trips, seed ${wishes.seed}`,
  );
  expect(share.failures.join('\n\n')).toBe('');
  expect(share.played).toBeGreaterThanOrEqual(leastOf(share, wishes));
});
