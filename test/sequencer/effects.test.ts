import { describe, expect, test } from 'vitest';
import type { Order } from '../../common/orders.ts';
import { actor, Stage } from './stage.ts';

const prior = 'pg-2';
const unsets = (order: Order) => order.body.kind === 'unset';

/** Two nodes; commits of pg-1 wait for pg-2, so that its turn lowers that for the time. */
async function waitingForOne(): Promise<Stage> {
  const stage = await Stage.open(2);
  stage.fleet.node('pg-1').syncNames = prior;
  return stage;
}

/** Ends whatever was held back until now. */
function letGo(stage: Stage): void {
  stage.fleet.held = () => false;
  for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
}

/** Aborted while the setting is lowered, and it cannot be restored. */
async function abortedWhileSet(stage: Stage): Promise<{ readonly run: string; readonly step: string }> {
  stage.fleet.held = (order) => order.body.kind === 'await' && order.step.includes('pg-2.standby.settle');
  stage.fleet.mishap = (order) => (unsets(order) ? 'fails' : null);
  const run = await stage.started();
  await stage.until(() => stage.fleet.heldOrders().length === 1);
  await stage.controller.runs.abortRun(run, 'enough', actor);
  letGo(stage);
  await stage.holding(run, 'order-failed');
  return { run, step: stage.fleet.begun.findLast(unsets)?.step ?? '' };
}

describe('P19 a setting that cannot be restored', () => {
  test('keeps even an abort from ending, and says what helps', async () => {
    await using stage = await waitingForOne();
    const { run, step } = await abortedWhileSet(stage);
    const { holds } = await stage.controller.runs.getRun(run);
    expect(holds.flatMap((hold) => hold.commands)).toContain(`retry ${run} ${step}`);
    stage.fleet.mishap = () => null;
    await stage.controller.runs.retryStep(run, step, actor);
    expect(await stage.end(run)).toBe('aborted');
    expect(stage.fleet.node('pg-1').syncNames).toBe(prior);
  });

  test('is closed by the word of whoever put it back by hand', async () => {
    await using stage = await waitingForOne();
    const { run, step } = await abortedWhileSet(stage);
    await stage.controller.runs.resolveStep(run, step, 'done', 'restored by hand', actor);
    expect(await stage.end(run)).toBe('aborted');
    expect((await stage.events(run)).filter(({ type }) => type === 'effect-closed')).toHaveLength(1);
  });
});

test('P19 a receipt that comes after a person said that its step failed still tells what was set', async () => {
  await using stage = await waitingForOne();
  stage.fleet.held = (order) => order.body.kind === 'set';
  const run = await stage.started();
  await stage.until(() => stage.fleet.heldOrders().length === 1);
  const step = stage.fleet.begun.at(-1)?.step ?? '';
  await stage.controller.runs.resolveStep(run, step, 'failed', 'no answer for an hour', actor);
  letGo(stage);
  await stage.until(() => stage.fleet.begun.some(unsets));
  await stage.controller.runs.abortRun(run, 'enough', actor);
  expect(await stage.end(run)).toBe('aborted');
  expect(stage.fleet.node('pg-1').syncNames).toBe(prior);
});

test.each([
  ['aborted', 'abortRun'],
  ['rolled-back', 'rollbackRun'],
] as const)('P19 what is kept while snapshots are made is kept no longer when the run is %s in the middle of them', async (state, say) => {
  await using stage = await Stage.open();
  stage.fleet.held = (order) => order.body.kind === 'snapshot';
  const run = await stage.started({ snapshot: 'list' });
  await stage.until(() => stage.fleet.heldOrders().length === 1);
  await stage.controller.runs[say](run, 'enough', actor);
  letGo(stage);
  expect(await stage.end(run)).toBe(state);
  expect((await stage.events(run)).flatMap(({ type }) => (type.startsWith('effect-') ? [type] : []))).toEqual([
    'effect-opened',
    'effect-closed',
  ]);
});
