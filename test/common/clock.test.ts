import { expect, it } from 'vitest';
import { pause, systemClock } from '../../common/clock.ts';

it('12.C17: a timer for longer than the runtime can count is not over at once', async () => {
  const fired: number[] = [];
  const timers = [1e15, 2 ** 31, Number.MAX_SAFE_INTEGER].map((ms) => systemClock.after(ms, () => fired.push(ms)));
  await new Promise<void>((resolve) => systemClock.after(20, resolve));
  expect(fired).toEqual([]);
  for (const timer of timers) timer.cancel();
});

it('12.A3: a pause for less than a clock can show moves it all the same, so that who pauses in a loop leaves it', async () => {
  const delays: number[] = [];
  const clock = {
    ...systemClock,
    after(delayMs: number, callback: () => void) {
      delays.push(delayMs);
      queueMicrotask(callback);
      return { cancel: () => {} };
    },
  };
  for (const ms of [5e-13, 0.2, 3, 0]) await pause(clock, ms);
  expect(delays).toEqual([1, 1, 3, 0]);
});
