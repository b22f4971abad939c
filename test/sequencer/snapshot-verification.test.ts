/** What a member shows while a snapshot of it is being proven: its replay stands still by an order of the run. */
import { describe, expect, test } from 'vitest';
import { actor, Stage } from './stage.ts';

/** A run whose first snapshot turn of a standby stays under way. */
async function proving(stage: Stage): Promise<string> {
  stage.fleet.held = ({ body, target }) => body.kind === 'snapshot' && target.instance !== 'pg-1';
  const run = await stage.started({ snapshot: 'restore-compare' });
  await stage.until(() => stage.fleet.heldOrders().length > 0);
  return run;
}

describe('a standby whose snapshot is being compared with it', () => {
  test('P17 is not held against the run, nobody is told to resume its replay, and no report tells of it', async () => {
    await using stage = await Stage.open();
    const run = await proving(stage);
    for (let at = 0; at < 5; at++) {
      await stage.clock.advance(2_000);
      void stage.controller.sequencer.tick();
      await stage.settle();
      expect((await stage.controller.runs.getRun(run)).holds).toEqual([]);
    }
    stage.fleet.held = () => false;
    for (const order of stage.fleet.heldOrders()) stage.fleet.release(order);
    expect(await stage.end(run)).toBe('done');
    expect((await stage.controller.runs.getReport(run)).holds).toEqual([]);
    expect((await stage.events(run)).filter((event) => event.type === 'hold-raised')).toEqual([]);
  });

  test('P17 is held against the run when its database dies', async () => {
    await using stage = await Stage.open();
    const run = await proving(stage);
    const [instance = ''] = stage.fleet.heldOrders().map((order) => order.split('.')[2] ?? '');
    stage.fleet.stopDatabase(instance);
    await stage.holding(run, 'node-down');
    await stage.controller.runs.abortRun(run, 'enough', actor);
  });
});
