import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { collectGarbage } from '../../../agent/host/memory.ts';

it('15.6: a collection gives back what nothing holds any more, however old it is', async () => {
  const garbage = new WeakRef(new Uint8Array(1024 * 1024));
  const held = new Uint8Array(1024 * 1024);
  // What a turn of the loop has seen is kept until it ends.
  for (let turn = 0; turn < 3; turn++) await nextTurn();
  collectGarbage();
  expect(garbage.deref()).toBeUndefined();
  expect(held.length).toBe(1024 * 1024);
});
