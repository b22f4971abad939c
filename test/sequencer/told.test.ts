/** What a run tells who looks at 2 a.m.: who is down, which way it goes, and what is of use now. */
import { describe, expect, test } from 'vitest';
import { resolveCommands } from '../../common/commands.ts';
import { actor, Stage } from './stage.ts';

async function heldIn(stage: Stage, step: string): Promise<string> {
  stage.fleet.held = (order) => order.step.endsWith(step);
  const run = await stage.started();
  await stage.until(() => stage.fleet.heldOrders().length === 1);
  return run;
}

describe('P17 a member that is down', () => {
  test('is named as such beside who leads, while the run holds and in the reason of an abort', async () => {
    await using stage = await Stage.open();
    const run = await heldIn(stage, 'pg-2.standby.settle');
    stage.fleet.stopDatabase('pg-3');
    await stage.holding(run, 'node-down');
    const reported = 'pg-2 is in the middle of a turn; pg-3 is down, left at 16.4; pg-1 leads and takes writes';
    expect((await stage.controller.runs.getRun(run)).meaning).toBe(`pg-1 runs 16.4; ${reported}`);
    await stage.controller.runs.abortRun(run, 'enough', actor);
    expect(await stage.end(run)).toBe('aborted');
    expect((await stage.controller.runs.getRun(run)).endReason).toContain('pg-3 is down, left at 16.4; pg-1 leads and takes writes');
  });
});

describe('P17 what is offered', () => {
  const offers = async (stage: Stage, run: string, verb: string) =>
    (await stage.controller.runs.getRun(run)).legalCommands.filter((command) => command.startsWith(`${verb} `));

  test('is not to say what a step came to while whoever carries it out is there to tell; it is once they are away', async () => {
    await using stage = await Stage.open();
    const run = await heldIn(stage, 'pg-2.standby.settle');
    expect(await offers(stage, run, 'resolve')).toEqual([]);
    stage.fleet.unlink('pg-2');
    await stage.holding(run, 'agent-lost');
    expect(await offers(stage, run, 'resolve')).toEqual(resolveCommands(run, 'h1.canary.pg-2.standby.settle'));
    const { holds } = await stage.controller.runs.getRun(run);
    expect(holds[0]?.commands).toEqual([`rollback ${run}`, `abort ${run}`]);
    await stage.controller.runs.rollbackRun(run, '', actor);
  });

  test('is not to try a step of the way there once more during the rollback', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (order.step === 'h1.canary.pg-2.standby.settle' ? 'times-out' : null);
    stage.fleet.held = (order) => order.step.endsWith('.undo.downtime');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    expect((await stage.controller.runs.getRun(run)).way).toBe('back');
    expect([...(await offers(stage, run, 'retry')), ...(await offers(stage, run, 'resolve'))]).toEqual([]);
  });
});

describe('P17 a run on its rollback', () => {
  test('says since when and why, also while it holds, and answers a second word for it with that', async () => {
    await using stage = await Stage.open();
    const run = await heldIn(stage, 'pg-3.standby.settle');
    stage.fleet.held = (order) => order.step.endsWith('.undo.downtime');
    await stage.clock.advance(5_000);
    await stage.controller.runs.rollbackRun(run, 'enough', actor);
    await stage.settle();
    const { way, rollback, startedAt } = await stage.controller.runs.getRun(run);
    expect({ way, rollback }).toMatchObject({ way: 'back', rollback: { actor, reason: 'enough' } });
    expect(Date.parse(rollback?.since ?? '')).toBeGreaterThan(Date.parse(startedAt ?? ''));
    const again = stage.controller.runs.rollbackRun(run, '', actor);
    await expect(again).rejects.toThrow(`run ${run} is already rolling back, since ${rollback?.since}: enough`);
  });
});

describe('P17 a proof that is waited for', () => {
  const waitsFor = async (stage: Stage, run: string) => {
    const [order = ''] = stage.fleet.heldOrders();
    stage.fleet.progress(order, 'waits', 'nothing listens');
    await stage.settle();
    return (await stage.controller.runs.getRun(run)).waiting;
  };

  test.each([
    ['the canary', 'pg-2.standby.settle', 'the run rolls back automatically'],
    ['a later node', 'pg-3.standby.settle', 'the run holds until an operator acts'],
  ])('of %s says until when, and what the run does then', async (_of, step, otherwise) => {
    await using stage = await Stage.open();
    const run = await heldIn(stage, step);
    const waiting = await waitsFor(stage, run);
    expect(waiting).toMatchObject({ reason: expect.stringContaining('nothing listens'), givenUp: { otherwise } });
    const deadlineMs = stage.fleet.begun.at(-1)?.deadlineMs ?? 0;
    expect(Date.parse(waiting?.givenUp?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(waiting?.since ?? '') + deadlineMs);
  });
});

test('P17 one word says what a run is, in its status, in the list and in refusals', async () => {
  await using stage = await Stage.open();
  const { runs } = stage.controller;
  const run = await heldIn(stage, 'pg-2.standby.settle');
  const listed = async () => (await runs.openRuns()).runs[0]?.shown;
  expect(await listed()).toBe('active');
  stage.fleet.stopDatabase('pg-3');
  await stage.holding(run, 'node-down');
  expect(await listed()).toBe('holding');
  await expect(runs.resumeRun(run, actor)).rejects.toThrow(`resume is not possible: run ${run} is holding; possible now: watch`);
  await runs.abortRun(run, '', actor);
});
