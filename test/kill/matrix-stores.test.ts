import { expect, it } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import { toFailure } from '../../common/failure.ts';
import { seededRandom } from '../simulator/kernel.ts';
import { wishesFrom } from './matrix.ts';
import { logsOf, openStage, type Stage } from './stage.ts';
import { playStoreBlow, storeCellName, storeCells } from './store-blows.ts';

const wishes = wishesFrom(process.env);
/** A share strikes at one store at least, and goes on for so much of its time: this suite begins when another one has ended. */
const partOfShare = 1 / 6;

it(`12.A2: P3 P5 P14 P15 P16 P17 hold when the controller's store is restored, cut or forked in the middle of a run (seed ${wishes.seed})`, async () => {
  const random = seededRandom(wishes.seed);
  const drawn = storeCells.map((cell) => ({ cell, place: random() })).sort((a, b) => a.place - b.place);
  const wanted = drawn
    .map(({ cell }) => cell)
    .filter((cell) => storeCellName(cell).includes(wishes.only))
    .filter((cell) => wishes.cells.length === 0 || wishes.cells.includes(storeCellName(cell)));
  const endMs = systemClock.monotonicMs() + wishes.budgetMs * partOfShare;
  const failures: string[] = [];
  let played = 0;
  let stage: Stage | null = null;
  try {
    for (const cell of wanted) {
      if (played > 0 && wishes.cells.length === 0 && systemClock.monotonicMs() > endMs) break;
      stage ??= await openStage();
      const breaches = await playStoreBlow(stage, cell).catch((thrown: unknown) => [
        `the stage does not obey: ${toFailure(thrown).message}`,
      ]);
      played += 1;
      if (breaches.length === 0) continue;
      failures.push(`${storeCellName(cell)}\n${breaches.join('\n')}\n${await logsOf(stage.fleet)}`);
      await stage.close();
      stage = null;
    }
  } finally {
    await stage?.close();
  }
  console.log(`stores: ${played} of ${wanted.length} cells, seed ${wishes.seed}`);
  expect(failures.join('\n\n')).toBe('');
  expect(played).toBeGreaterThanOrEqual(Math.min(1, wanted.length));
});
