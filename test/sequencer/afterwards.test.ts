import { expect, test } from 'vitest';
import { Stage } from './stage.ts';

const level = { what: 'bring level', command: 'drydock plan pg-main --to 16.14' };
const downgrade = { what: 'downgrade', command: 'drydock plan pg-main --to 16.4 --downgrade' };

/** While pg-2 runs 16.14 and settles, and the others run 16.4. */
async function settling(stage: Stage): Promise<string> {
  stage.fleet.held = (order) => order.step.endsWith('pg-2.standby.settle');
  const run = await stage.started();
  await stage.until(() => stage.fleet.heldOrders().length > 0);
  return run;
}

async function released(stage: Stage, run: string): Promise<string> {
  stage.fleet.held = () => false;
  stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
  return stage.end(run);
}

async function aborted(stage: Stage): Promise<string> {
  const run = await settling(stage);
  await stage.controller.runs.abortRun(run, 'wrong cluster', 'local:admin');
  expect(await released(stage, run)).toBe('aborted');
  return run;
}

test('13.2: after an abort the run offers to bring the cluster level, and to go back', async () => {
  await using stage = await Stage.open();
  const run = await aborted(stage);
  expect(await stage.controller.runs.getRun(run)).toMatchObject({
    endReason: 'wrong cluster; pg-1, pg-3 run 16.4; pg-2 is in the middle of a turn',
    meaning: 'pg-2 runs 16.14',
    next: [level, downgrade],
  });
});

test('13.2: what nodes run after an abort is what they report now, and what is offered goes by it', async () => {
  await using stage = await Stage.open();
  const run = await aborted(stage);
  for (const name of ['pg-1', 'pg-3']) stage.fleet.stopDatabase(name);
  await stage.settle();
  expect(await stage.controller.runs.getRun(run)).toMatchObject({ meaning: 'pg-1, pg-3 are down; pg-2 runs 16.14', next: [] });
});

test('13.2: a run that is done offers the downgrade, one that was rolled back nothing', async () => {
  await using stage = await Stage.open();
  const run = await stage.started();
  expect(await stage.end(run)).toBe('done');
  expect(await stage.controller.runs.getRun(run)).toMatchObject({ meaning: '', next: [downgrade] });

  await using other = await Stage.open();
  const back = await settling(other);
  await other.controller.runs.rollbackRun(back, '', 'local:admin');
  expect(await released(other, back)).toBe('rolled-back');
  expect(await other.controller.runs.getRun(back)).toMatchObject({ meaning: '', next: [] });
});
