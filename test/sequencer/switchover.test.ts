import { describe, expect, test } from 'vitest';
import { resolveCommands } from '../../common/commands.ts';
import type { Order } from '../../common/orders.ts';
import { actor, planRequest, Stage } from './stage.ts';

const switchover = { ...planRequest, primary: 'switchover' as const };

const stepIs = (name: string) => (order: Order) => order.step.endsWith(`pg-1.primary.${name}`);

async function begun(stage: Stage): Promise<string> {
  const { plans, runs } = stage.controller;
  const { planId, digest } = await plans.makePlan(switchover, actor);
  await plans.approvePlan(planId, digest, actor);
  return runs.startRun(planId, actor);
}

const rolesOf = (stage: Stage) => [...stage.fleet.nodesByName.values()].map((node) => node.role);
const verbsOf = (stage: Stage) =>
  stage.fleet.begun.filter((order) => order.step.includes('pg-1.primary')).map((order) => order.step.split('primary.')[1]);

describe('M41 a run whose primary hands over', () => {
  test('stops, fences, promotes, repoints and starts, in this order, and nobody else takes writes at any time', async () => {
    await using stage = await Stage.open();
    const run = await begun(stage);
    expect(await stage.end(run)).toBe('done');
    expect(stage.versions()).toEqual(['16.14', '16.14', '16.14']);
    expect(rolesOf(stage)).toEqual(['standby', 'primary', 'standby']);
    expect(stage.fleet.breaches).toEqual([]);
    expect(verbsOf(stage).slice(0, 4)).toEqual(['handover.stop', 'handover.promote', 'handover.repoint-pg-3', 'handover.start']);
  });

  test('M41 reports how long writes paused: from the stop of the primary to the promotion, during the rollback as well', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (stepIs('write')(order) ? 'times-out' : null);
    const run = await begun(stage);
    await stage.holding(run, 'health-check-failed');
    const there = (await stage.controller.runs.getReport(run)).writesPausedMs;
    stage.fleet.mishap = () => null;
    await stage.controller.runs.rollbackRun(run, 'slow', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    const thereAndBack = (await stage.controller.runs.getReport(run)).writesPausedMs;
    expect([there, thereAndBack]).toEqual([400, 800]);
  });

  test('M41 reports the time that nobody could go on between the stop and the promotion as down and without writes', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (stepIs('handover.promote')(order) ? 'fails' : null);
    const run = await begun(stage);
    await stage.holding(run, 'order-failed');
    await stage.clock.advance(27_000);
    stage.fleet.mishap = () => null;
    const step = stage.fleet.begun.at(-1)?.step ?? '';
    await stage.controller.runs.retryStep(run, step, actor);
    expect(await stage.end(run)).toBe('done');
    const { nodes, writesPausedMs } = await stage.controller.runs.getReport(run);
    expect(writesPausedMs).toBeGreaterThan(27_000);
    expect(nodes.find(({ instance }) => instance === 'pg-1')?.downtimeMs).toBeGreaterThan(27_000);
    expect(nodes.find(({ instance }) => instance === 'pg-2')?.downtimeMs).toBe(400);
  });

  test('P11 rolled back after it, the role goes back the same way and every node runs what it ran', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (stepIs('write')(order) ? 'times-out' : null);
    const run = await begun(stage);
    await stage.holding(run, 'health-check-failed');
    stage.fleet.mishap = () => null;
    await stage.controller.runs.rollbackRun(run, 'slow', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(rolesOf(stage)).toEqual(['primary', 'standby', 'standby']);
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
    expect(stage.fleet.breaches).toEqual([]);
  });

  test.each(['undo.handover.stop', 'undo.handover.promote'])(
    'P17 a rollback that fails at %s and leaves its node down waits for a person, and goes on',
    async (name) => {
      await using stage = await Stage.open();
      stage.fleet.mishap = (order) => (stepIs('write')(order) ? 'times-out' : null);
      const run = await begun(stage);
      await stage.holding(run, 'health-check-failed');
      stage.fleet.mishap = (order) => (stepIs(name)(order) ? 'fails' : null);
      await stage.controller.runs.rollbackRun(run, 'slow', actor);
      await stage.holding(run, 'order-failed');
      const step = stage.fleet.begun.at(-1)?.step ?? '';
      expect((await stage.controller.runs.getRun(run)).legalCommands).toContain(`retry ${run} ${step}`);
      stage.fleet.mishap = () => null;
      await stage.controller.runs.retryStep(run, step, actor);
      expect(await stage.end(run)).toBe('rolled-back');
      expect(rolesOf(stage)).toEqual(['primary', 'standby', 'standby']);
      expect(stage.fleet.breaches).toEqual([]);
    },
  );

  test('M41 a successor that refuses for good leaves nobody who leads: first of all it is offered to go back (P17)', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (stepIs('handover.promote')(order) ? 'refused' : null);
    const run = await begun(stage);
    await stage.holding(run, 'order-failed');
    const { runs } = stage.controller;
    const step = stage.fleet.begun.at(-1)?.step ?? '';
    await stage.until(async () => (await runs.getRun(run)).holds[0]?.releasedBy === 'person');
    expect((await runs.getRun(run)).holds[0]?.commands).toEqual([
      `rollback ${run}`,
      `retry ${run} ${step}`,
      ...resolveCommands(run, step),
      `abort ${run}`,
    ]);
    stage.fleet.mishap = () => null;
    await runs.rollbackRun(run, 'nobody leads', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(rolesOf(stage)).toEqual(['primary', 'standby', 'standby']);
  });

  test('P11 rolled back before anybody was promoted, the primary is unfenced and started where it was', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (stepIs('handover.promote')(order) ? 'fails' : null);
    const run = await begun(stage);
    await stage.holding(run, 'order-failed');
    expect(stage.fleet.node('pg-1').running).toBe(false);
    stage.fleet.mishap = () => null;
    await stage.controller.runs.rollbackRun(run, 'no', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(rolesOf(stage)).toEqual(['primary', 'standby', 'standby']);
    expect(verbsOf(stage)).toContain('undo.unfence');
    expect(stage.fleet.breaches).toEqual([]);
  });

  test('P11 when nobody knows whether it was promoted, nothing is rolled back before a person has said it', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (stepIs('handover.promote')(order) ? 'interrupted' : null);
    const run = await begun(stage);
    await stage.holding(run, 'order-interrupted');
    stage.fleet.mishap = () => null;
    await stage.controller.runs.rollbackRun(run, 'unsure', actor);
    await stage.holding(run, 'order-interrupted');
    const touched = stage.fleet.begun.length;
    let seconds = 0;
    await stage.until(() => ++seconds > 30);
    expect(stage.fleet.begun.length).toBe(touched);
    const step = stage.fleet.begun.at(-1)?.step ?? '';
    await stage.controller.runs.resolveStep(run, step, 'done', 'pg-2 takes writes, seen by hand', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(rolesOf(stage)).toEqual(['primary', 'standby', 'standby']);
    expect(stage.fleet.breaches).toEqual([]);
  });

  test.each(['handover.stop', 'undo.unpromoted'])(
    '12.A3: P20 an abort of a rollback that has come to %s starts the primary that was stopped, and it leads again',
    async (name) => {
      await using stage = await Stage.open();
      stage.fleet.mishap = (order) => (stepIs('handover.promote')(order) ? 'fails' : null);
      stage.fleet.held = stepIs(name);
      const run = await begun(stage);
      const { runs } = stage.controller;
      if (name !== 'handover.stop') {
        await stage.holding(run, 'order-failed');
        await runs.rollbackRun(run, 'no', actor);
      }
      await stage.until(() => stage.fleet.heldOrders().length > 0);
      if (name === 'handover.stop') await runs.rollbackRun(run, 'no', actor);
      await runs.abortRun(run, 'enough', actor);
      stage.fleet.held = () => false;
      for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
      expect(await stage.end(run)).toBe('aborted');
      expect(stage.fleet.node('pg-1').running).toBe(true);
      expect(rolesOf(stage)).toEqual(['primary', 'standby', 'standby']);
      expect(stage.fleet.breaches).toEqual([]);
    },
  );

  test('P20 an abort between stop and start brings the node up again before the run ends', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = stepIs('handover.promote');
    const run = await begun(stage);
    await stage.until(async () => stage.fleet.heldOrders().length === 1);
    await stage.controller.runs.abortRun(run, 'enough', actor);
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    expect(await stage.end(run)).toBe('aborted');
    expect([...stage.fleet.nodesByName.values()].every((node) => node.running)).toBe(true);
    expect(rolesOf(stage)).toEqual(['standby', 'primary', 'standby']);
  });

  describe('whose primary was stopped and could not be fenced', () => {
    async function unfenced(stage: Stage): Promise<string> {
      stage.fleet.mishap = (order) => (stepIs('handover.stop')(order) ? 'fails' : null);
      const run = await begun(stage);
      await stage.holding(run, 'order-failed');
      expect(stage.fleet.node('pg-1').running).toBe(false);
      stage.fleet.mishap = () => null;
      return run;
    }

    test('P11 is rolled back: the fence is taken off, and the primary started where it was', async () => {
      await using stage = await Stage.open();
      const run = await unfenced(stage);
      await stage.controller.runs.rollbackRun(run, 'no', actor);
      expect(await stage.end(run)).toBe('rolled-back');
      expect(verbsOf(stage)).toEqual(expect.arrayContaining(['undo.unpromoted', 'undo.unfence', 'undo.start']));
      expect(verbsOf(stage)).not.toContain('handover.promote');
      expect(rolesOf(stage)).toEqual(['primary', 'standby', 'standby']);
      expect(stage.fleet.breaches).toEqual([]);
    });

    test('P3 goes on once the stop is tried again, and promotes by the token of that attempt', async () => {
      await using stage = await Stage.open();
      const run = await unfenced(stage);
      await stage.controller.runs.retryStep(run, 'h1.roll.pg-1.primary.handover.stop', actor);
      expect(await stage.end(run)).toBe('done');
      expect(rolesOf(stage)).toEqual(['standby', 'primary', 'standby']);
      expect(stage.fleet.breaches).toEqual([]);
    });

    test('P20 is not left down by an abort: it waits for the step', async () => {
      await using stage = await Stage.open();
      const run = await unfenced(stage);
      await stage.controller.runs.abortRun(run, 'enough', actor);
      await stage.holding(run, 'order-failed');
      await stage.controller.runs.retryStep(run, 'h1.roll.pg-1.primary.handover.stop', actor);
      expect(await stage.end(run)).toBe('aborted');
      expect([...stage.fleet.nodesByName.values()].every((node) => node.running)).toBe(true);
      expect(stage.fleet.breaches).toEqual([]);
    });
  });

  test('P20 a pause between stop and start does not keep the node down', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = stepIs('handover.promote');
    const run = await begun(stage);
    await stage.until(async () => stage.fleet.heldOrders().length === 1);
    await stage.controller.runs.pauseRun(run, 'lunch', actor);
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.until(async () => stage.fleet.node('pg-1').running);
    await stage.controller.runs.resumeRun(run, actor);
    expect(await stage.end(run)).toBe('done');
  });

  test('P18 a controller that dies at any order of the handover is followed by one that ends it', async () => {
    for (const name of ['handover.stop', 'handover.promote', 'handover.repoint-pg-3', 'handover.start', 'settle']) {
      await using stage = await Stage.open();
      stage.fleet.held = stepIs(name);
      const run = await begun(stage);
      await stage.until(async () => stage.fleet.heldOrders().length === 1);
      await stage.restart();
      stage.fleet.held = () => false;
      for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
      expect(await stage.end(run), name).toBe('done');
      expect(stage.fleet.breaches, name).toEqual([]);
    }
  });
});

describe('what only waits', () => {
  test('does not keep a rollback waiting', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.step.endsWith('.settle') && !order.step.includes('.undo.');
    const run = await stage.started({ settleMs: 86_400_000 });
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    const beganMs = stage.clock.monotonicMs();
    await stage.controller.runs.rollbackRun(run, 'slow', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.clock.monotonicMs() - beganMs).toBeLessThan(60_000);
  });

  test('does not keep an abort waiting', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.step.endsWith('.settle');
    const run = await stage.started({ settleMs: 86_400_000 });
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    await stage.controller.runs.abortRun(run, 'enough', actor);
    expect(await stage.end(run)).toBe('aborted');
  });
});

describe('P19 synchronous standby names', () => {
  test('are lowered for the time of a standby downtime and restored, and the run is not done before', async () => {
    await using stage = await Stage.open(2);
    stage.fleet.node('pg-1').syncNames = 'pg-2';
    const run = await begunPlain(stage);
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.node('pg-1').syncNames).toBe('pg-2');
    expect(stage.fleet.begun.filter((order) => order.body.kind === 'set').length).toBeGreaterThan(0);
  });

  test('are restored when the run is aborted in the middle', async () => {
    await using stage = await Stage.open(2);
    stage.fleet.node('pg-1').syncNames = 'pg-2';
    stage.fleet.held = (order) => order.body.kind === 'await' && order.step.includes('pg-2');
    const run = await begunPlain(stage);
    await stage.until(async () => stage.fleet.heldOrders().length === 1);
    expect(stage.fleet.node('pg-1').syncNames).not.toBe('pg-2');
    await stage.controller.runs.abortRun(run, 'enough', actor);
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    expect(await stage.end(run)).toBe('aborted');
    expect(stage.fleet.node('pg-1').syncNames).toBe('pg-2');
  });

  test('are restored while a failed step waits for a person, and lowered again when it is retried', async () => {
    await using stage = await Stage.open(3);
    stage.fleet.node('pg-1').syncNames = 'ANY 2 ("pg-2", "pg-3")';
    stage.fleet.mishap = (order) => (order.step.includes('pg-3') && order.body.kind === 'downtime' ? 'fails-and-reverts' : null);
    const run = await begunPlain(stage);
    await stage.holding(run, 'order-failed');
    await stage.until(async () => stage.fleet.node('pg-1').syncNames === 'ANY 2 ("pg-2", "pg-3")');
    const [step] = (await stage.controller.runs.getRun(run)).holds.map((hold) => hold.subject);
    stage.fleet.mishap = () => null;
    await stage.controller.runs.retryStep(run, step ?? '', actor);
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.node('pg-1').syncNames).toBe('ANY 2 ("pg-2", "pg-3")');
    const attempts = stage.fleet.begun
      .filter((order) => order.body.kind === 'set' && order.step.includes('pg-3'))
      .map((order) => order.attempt);
    expect(attempts).toEqual([1, 2]);
  });
});

async function begunPlain(stage: Stage): Promise<string> {
  const { plans, runs } = stage.controller;
  const { planId, digest } = await plans.makePlan(planRequest, actor);
  await plans.approvePlan(planId, digest, actor);
  return runs.startRun(planId, actor);
}

describe('13.9: while clients wait with their writes', () => {
  const promotionHeld = async (stage: Stage): Promise<string> => {
    stage.fleet.held = stepIs('handover.promote');
    const run = await begun(stage);
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    return run;
  };

  test('13.9: no agent is asked to look at its node, whatever is heard, and all are asked when the switchover is over', async () => {
    await using stage = await Stage.open();
    const run = await promotionHeld(stage);
    const before = stage.fleet.probes;
    stage.fleet.startDatabase('pg-3');
    for (let second = 0; second < 5; second++) {
      await stage.clock.advance(1_000);
      await stage.controller.sequencer.tick();
    }
    expect(stage.fleet.probes).toBe(before);
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.probes).toBeGreaterThan(before);
  });

  test('13.9: agents are asked all the same once the switchover takes longer than ten seconds', async () => {
    await using stage = await Stage.open();
    await promotionHeld(stage);
    const before = stage.fleet.probes;
    await stage.until(() => stage.fleet.probes > before, 12);
  });

  test('13.9: the next order does not wait for an agent that answers no probe', async () => {
    await using stage = await Stage.open();
    await promotionHeld(stage);
    const before = stage.fleet.probes;
    stage.fleet.mute.add('pg-3');
    await stage.until(() => stage.fleet.probes > before, 12);
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.settle();
    expect(verbsOf(stage)).toContain('handover.repoint-pg-3');
  });
});
