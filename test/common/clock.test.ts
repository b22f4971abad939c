import { expect, it } from 'vitest';
import { systemClock } from '../../common/clock.ts';

it('12.C17: a timer for longer than the runtime can count is not over at once', async () => {
  const fired: number[] = [];
  const timers = [1e15, 2 ** 31, Number.MAX_SAFE_INTEGER].map((ms) => systemClock.after(ms, () => fired.push(ms)));
  await new Promise<void>((resolve) => systemClock.after(20, resolve));
  expect(fired).toEqual([]);
  for (const timer of timers) timer.cancel();
});
