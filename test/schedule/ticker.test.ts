import { expect, test, vi } from 'vitest';
import { silentLog } from '../../common/log.ts';
import { startTicker } from '../../controller/schedule/ticker.ts';

/** Something that is waited for, and who says that it is there. */
function moment(): readonly [there: Promise<void>, isThere: () => void] {
  let isThere: () => void = () => {};
  const there = new Promise<void>((resolve) => {
    isThere = resolve;
  });
  return [there, isThere];
}

test('says that it is time, and is quiet once stopped', async () => {
  let calls = 0;
  const [called, first] = moment();
  const ticker = startTicker(async () => {
    calls += 1;
    first();
  }, silentLog);
  await called;
  await ticker.stop();
  expect(calls).toBe(1);
});

test('does not begin a probe while the last one is under way', async () => {
  let running = 0;
  let most = 0;
  const [finished, finish] = moment();
  const [begun, began] = moment();
  const ticker = startTicker(async () => {
    running += 1;
    most = Math.max(most, running);
    began();
    await finished;
    running -= 1;
  }, silentLog);
  await begun;
  const stopped = ticker.stop();
  finish();
  await stopped;
  expect(most).toBe(1);
  expect(running).toBe(0);
});

test('goes on when the wall clock is set back by two days', async () => {
  const realNow = Date.now;
  const RealDate = globalThis.Date;
  let backMs = 0;
  const now = () => realNow() - backMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });
  let calls = 0;
  const [again, enough] = moment();
  const ticker = startTicker(async () => {
    calls += 1;
    backMs = 2 * 86_400_000;
    // One more may have been on its way when the clock was set.
    if (calls === 4) enough();
  }, silentLog);
  try {
    await again;
  } finally {
    await ticker.stop();
    globalThis.Date = RealDate;
  }
}, 20_000);

test('has what node-cron complains of in the log, and not on the terminal', async () => {
  const onTerminal = vi.spyOn(console, 'warn');
  const lines: string[] = [];
  const [complained, isThere] = moment();
  const debug = (_fields: object, message: string) => {
    lines.push(message);
    isThere();
  };
  const ticker = startTicker(
    async () => {
      // Keeps the event loop over the seconds that follow.
      if (lines.length === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_200);
    },
    { ...silentLog, debug },
  );
  await complained;
  await ticker.stop();
  expect(lines[0]).toMatch(/^ticker: /);
  expect(onTerminal).not.toHaveBeenCalled();
  onTerminal.mockRestore();
});
