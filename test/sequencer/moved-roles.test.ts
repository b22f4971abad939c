/** Roles that move between plan, approval and run: what goes on, what is refused, and what is called canary. */
import { describe, expect, test } from 'vitest';
import { actor, planRequest, Stage } from './stage.ts';

const switchover = { ...planRequest, primary: 'switchover' as const };
const again = 'drydock plan pg-main --to 16.14 --primary switchover';

/** As somebody does it by hand: everybody follows the new one. */
function move(stage: Stage, to: string): void {
  for (const node of stage.fleet.nodesByName.values())
    Object.assign(node, { role: node.instance === to ? 'primary' : 'standby', follows: to });
}

async function approved(stage: Stage, request = planRequest): Promise<{ readonly planId: string; readonly runId: string }> {
  const { plans } = stage.controller;
  const { planId, digest } = await plans.makePlan(request, actor);
  return { planId, runId: (await plans.approvePlan(planId, digest, actor)).runId };
}

describe('12.B12: the primary moves after the approval', () => {
  test('and a plan that restarts it where it is goes on without another approval, primary last, and says what moved', async () => {
    await using stage = await Stage.open();
    const { planId, runId } = await approved(stage);
    move(stage, 'pg-2');
    const moved = [
      { instance: 'pg-1', planned: 'primary', now: 'standby' },
      { instance: 'pg-2', planned: 'standby', now: 'primary' },
    ];
    const { plans, runs } = stage.controller;
    expect((await plans.getPlan(planId)).moved).toEqual(moved);
    const before = await runs.getRun(runId);
    expect(before.moved).toEqual(moved);
    const shown = before.turns.filter(({ disruptive }) => disruptive).map(({ instance, phase, role }) => `${phase} ${instance} ${role}`);
    expect(shown).toEqual(['canary pg-1 standby', 'roll pg-3 standby', 'roll pg-2 primary']);
    await runs.startRun(planId, actor);
    expect(await stage.end(runId)).toBe('done');
    expect(stage.fleet.downtimes).toEqual(['pg-1', 'pg-3', 'pg-2']);
    const events = await stage.events(runId);
    expect(events).toContainEqual({ type: 'run-started', actor, moved });
    const chosen = events.flatMap((event) =>
      event.type === 'turn-chosen' && ['canary', 'roll'].includes(event.phase ?? '') ? [event] : [],
    );
    expect(chosen.map(({ phase, instance, role }) => `${phase} ${instance} ${role}`)).toEqual(shown);
    const { nodes, phases } = await runs.getReport(runId);
    expect(nodes.map(({ instance, role }) => `${instance} ${role}`)).toEqual(['pg-1 standby', 'pg-3 standby', 'pg-2 primary']);
    expect(phases.map(({ name }) => name)).toEqual(expect.arrayContaining(['canary', 'roll']));
  });

  test('and whoever goes first is the canary: a failure there is rolled back automatically, whatever it was planned as', async () => {
    await using stage = await Stage.open();
    const { planId, runId } = await approved(stage);
    move(stage, 'pg-2');
    stage.fleet.mishap = (order) => (order.body.kind === 'downtime' ? 'fails-and-reverts' : null);
    await stage.controller.runs.startRun(planId, actor);
    expect(await stage.end(runId)).toBe('rolled-back');
    expect((await stage.controller.runs.getRun(runId)).endReason).toContain('the canary pg-1 failed');
  });

  test('P17 and a plan that hands writes over from the former one is refused at its start, with the command that plans it again', async () => {
    await using stage = await Stage.open();
    const { planId, runId } = await approved(stage, switchover);
    move(stage, 'pg-3');
    const refused = stage.controller.runs.startRun(planId, actor);
    await expect(refused).rejects.toMatchObject({ failure: { class: 'refused', code: 'facts-changed' } });
    await expect(refused).rejects.toThrow(`pg-3 is primary now, but the plan hands writes over from pg-1 to pg-2; plan again: ${again}`);
    expect(await stage.state(runId)).toBe('approved');
    move(stage, 'pg-1');
    await stage.controller.runs.startRun(planId, actor);
    expect(await stage.end(runId)).toBe('done');
  });

  test('P17 and when it moves in the middle such a plan holds before the next node, and goes on when it is back', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.step === 'h1.canary.pg-2.standby.settle';
    const { planId, runId } = await approved(stage, switchover);
    await stage.controller.runs.startRun(planId, actor);
    await stage.until(async () => stage.fleet.heldOrders().length === 1);
    stage.fleet.held = () => false;
    move(stage, 'pg-3');
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.holding(runId, 'facts-changed');
    const hold = (await stage.controller.runs.getRun(runId)).holds.find(({ kind }) => kind === 'facts-changed');
    expect(hold).toMatchObject({ subject: 'pg-main', releasedBy: 'automatic', until: expect.stringContaining(again) });
    expect(stage.fleet.downtimes).toEqual(['pg-2']);
    move(stage, 'pg-1');
    expect(await stage.end(runId)).toBe('done');
    expect(stage.fleet.breaches).toEqual([]);
  });
});
