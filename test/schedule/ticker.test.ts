import { expect, test } from 'vitest';
import { startTicker } from '../../controller/schedule/ticker.ts';

test('says that it is time, and is quiet once stopped', async () => {
  let calls = 0;
  let first: () => void = () => {};
  const called = new Promise<void>((resolve) => {
    first = resolve;
  });
  const ticker = startTicker(async () => {
    calls += 1;
    first();
  });
  await called;
  await ticker.stop();
  expect(calls).toBe(1);
});

test('does not begin a look while the last one is under way', async () => {
  let running = 0;
  let most = 0;
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let began: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    began = resolve;
  });
  const ticker = startTicker(async () => {
    running += 1;
    most = Math.max(most, running);
    began();
    await finished;
    running -= 1;
  });
  await begun;
  const stopped = ticker.stop();
  finish();
  await stopped;
  expect(most).toBe(1);
  expect(running).toBe(0);
});
