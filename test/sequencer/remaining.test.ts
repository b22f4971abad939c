import { expect, test } from 'vitest';
import { Stage } from './stage.ts';

test('13.1: progress and time left go by the wall clock: a step under way counts as far as it is', async () => {
  await using stage = await Stage.open();
  const run = await stage.started({ settleMs: 5_000, soakMs: 60_000 });
  const shown = () => stage.controller.runs.getRun(run);
  await stage.until(async () => (await shown()).turns.some(({ steps }) => steps.some(({ state }) => state === 'waiting')));
  const atFirst = await shown();
  const soaks = atFirst.turns.filter(({ phase }) => phase === 'soak');
  expect(soaks).toHaveLength(1);
  expect(soaks.every(({ startedAt, lastReceiptAt }) => startedAt !== null && lastReceiptAt === null)).toBe(true);
  expect(atFirst.fraction).toBeGreaterThan(0.2);
  expect(atFirst.remainingMs).toBeGreaterThan(60_000);
  expect(atFirst.remainingMs).toBeLessThan(63_000);
  expect(atFirst.currentStepMs).toBe(60_000);

  await stage.clock.advance(30_000);
  const halfway = await shown();
  expect(halfway.fraction).toBeGreaterThan(0.5);
  expect(halfway.remainingMs).toBe((atFirst.remainingMs ?? 0) - 30_000);

  await stage.clock.advance(60_000);
  const overdue = await shown();
  expect(overdue.fraction).toBeLessThan(1);
  expect(overdue).toMatchObject({ remainingMs: (atFirst.remainingMs ?? 0) - 60_000, currentStepMs: 0 });
});
