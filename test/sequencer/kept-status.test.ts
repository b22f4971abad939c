import { describe, expect, test } from 'vitest';
import { isStatusDue, keptAfter, loadRun } from '../../controller/sequencer/load-run.ts';
import { Stage } from './stage.ts';

describe('M59: the status of a run', () => {
  test('is written when as many bytes of events came as it has, and when the state of the run changes', () => {
    const written = { bytes: 100, behindBytes: 0 };
    const behind = keptAfter(written, null, ['x'.repeat(60), 'x'.repeat(39)]);
    expect([isStatusDue(behind, false), isStatusDue(behind, true)]).toEqual([false, true]);
    expect(isStatusDue(keptAfter(behind, null, ['x']), false)).toBe(true);
    expect(keptAfter(behind, '12345', ['x'])).toEqual({ bytes: 5, behindBytes: 0 });
  });

  test('P18 lies behind the events of a run of many nodes, and is the same after a restart', async () => {
    await using stage = await Stage.open(12);
    stage.fleet.held = ({ body }) => body.kind === 'downtime';
    const run = await stage.started();
    const { store, sequencer } = stage.controller;
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    const row = await store.run(run);
    expect(row?.statusCursor).toBeLessThan(row?.cursor ?? 0);
    const before = (await sequencer.runActor(run))?.status;
    expect((await loadRun(store, run))?.status).toEqual(before);
    await stage.restart();
    stage.fleet.held = () => false;
    for (const order of stage.fleet.heldOrders()) stage.fleet.release(order);
    expect(await stage.end(run)).toBe('done');
    const ended = await stage.controller.store.run(run);
    expect(ended?.statusCursor).toBe(ended?.cursor);
  });
});
