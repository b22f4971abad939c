import { describe, expect, test } from 'vitest';
import { excludeCommand, resolveCommands } from '../../common/commands.ts';
import { actor, Stage } from './stage.ts';

const downtimeOf =
  (instance: string) => (order: { readonly body: { readonly kind: string }; readonly target: { readonly instance: string } }) =>
    order.body.kind === 'downtime' && order.target.instance === instance;

describe('when the canary fails', () => {
  test('a release that does not start is rolled back automatically, and the run ends rolled back', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order, node) => (order.body.kind === 'downtime' && node.instance === 'pg-2' ? 'fails-and-reverts' : null);
    const run = await stage.started();
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
    expect(stage.fleet.downtimes).toEqual(['pg-2']);
    const events = await stage.events(run);
    expect(events.find((event) => event.type === 'rollback-started')).toMatchObject({ actor: null });
    // Its gates were proven all the same.
    const back = events.flatMap((event) => (event.type === 'order-dispatched' && event.step.includes('.undo.') ? [event.step] : []));
    expect(back).toEqual(['h1.canary.pg-2.standby.undo.settle', 'h1.canary.pg-2.standby.undo.peer']);
  });

  test('one that runs but does not prove its health is rolled back by a downtime of its own (P9)', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (order.step === 'h1.canary.pg-2.standby.settle' ? 'times-out' : null);
    const run = await stage.started();
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.downtimes).toEqual(['pg-2', 'pg-2']);
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
  });

  test('one that reports another version than was ordered has failed, whatever its receipt says (P15)', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (order.step === 'h1.canary.pg-2.standby.downtime' ? 'wrong-version' : null);
    const run = await stage.started();
    expect(await stage.end(run)).toBe('rolled-back');
    expect((await stage.controller.runs.getRun(run)).endReason).toContain('it runs 16.4; 16.14 is expected');
  });

  test('a refusal has changed nothing: it holds for a person', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (order.body.kind === 'downtime' && order.attempt === 1 ? 'refused' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    expect(stage.fleet.downtimes).toEqual([]);
    await stage.controller.runs.retryStep(run, 'h1.canary.pg-2.standby.downtime', actor);
    stage.fleet.mishap = () => null;
    expect(await stage.end(run)).toBe('done');
  });

  test('P18 an undo that was restored to where it was is made again, for the database may have been killed while it started', async () => {
    await using stage = await Stage.open();
    let broken = 0;
    stage.fleet.mishap = (order) => {
      if (order.step.includes('pg-3') && order.body.kind === 'downtime' && !order.step.includes('.undo.')) return 'fails-and-reverts';
      return order.step.endsWith('.undo.downtime') && broken++ === 0 ? 'fails-and-reverts' : null;
    };
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    await stage.controller.runs.rollbackRun(run, 'enough', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
  });

  test('12.B5: a health check of a peer that never passes does not leave a rolled back run stuck while every node is healthy on its old release', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (order.step.includes('pg-2') && order.step.endsWith('.peer') ? 'fails' : null);
    const run = await stage.started();
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
    const { endReason } = await stage.controller.runs.getRun(run);
    expect(endReason).toMatch(/every node runs its previous version and is in service; "pg-2 16.4 seen by a peer" of pg-2 did not pass/);
  });

  test('12.B5: P17 the same health check holds where a node does not serve, and the run ends once it is seen to serve', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => {
      if (order.step.endsWith('.undo.peer')) stage.fleet.node('pg-2').inService = false;
      return order.step.includes('pg-2') && order.step.endsWith('.peer') ? 'fails' : null;
    };
    const run = await stage.started();
    await stage.holding(run, 'health-check-failed');
    expect((await stage.controller.runs.getRun(run)).legalCommands).toContain(`retry ${run} h1.canary.pg-2.standby.undo.peer`);
    stage.fleet.mishap = () => null;
    stage.fleet.node('pg-2').inService = true;
    expect(await stage.end(run)).toBe('rolled-back');
  });

  test('12.C16: P17 a step of the rollback that fails holds with retry instead of ending the run, and goes on once its cause is gone', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (order.step.endsWith('.settle') || order.step.endsWith('.undo.downtime') ? 'fails' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    const step = 'h1.canary.pg-2.standby.undo.downtime';
    const shown = await stage.controller.runs.getRun(run);
    expect(shown.holds[0]).toMatchObject({ subject: step, releasedBy: 'person' });
    expect(shown.legalCommands).toEqual(expect.arrayContaining([`retry ${run} ${step}`, `abort ${run}`]));
    expect(stage.fleet.node('pg-2').running).toBe(false);
    stage.fleet.mishap = () => null;
    await stage.controller.runs.retryStep(run, step, actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
  });

  test('12.C16: P17 the run ends stuck when a person gives a step of the rollback up, and says who did', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (order.step.endsWith('.settle') || order.step.endsWith('.undo.downtime') ? 'fails' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    await stage.controller.runs.resolveStep(run, 'h1.canary.pg-2.standby.undo.downtime', 'failed', 'its disk is gone', actor);
    expect(await stage.end(run)).toBe('stuck');
    expect((await stage.controller.runs.getRun(run)).endReason).toContain(
      `pg-2 could not be rolled back: ${actor} said that it failed: its disk`,
    );
  });

  test('12.C16: a canary whose agent could not start what ran before either holds with retry, for a rollback would fail the same way', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (downtimeOf('pg-2')(order) ? 'fails' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    const step = 'h1.canary.pg-2.standby.downtime';
    const shown = await stage.controller.runs.getRun(run);
    expect(shown).toMatchObject({ state: 'active', way: 'forward' });
    const others = [...resolveCommands(run, step), excludeCommand(run, 'pg-2'), `abort ${run}`];
    expect(shown.holds[0]?.commands).toEqual([`retry ${run} ${step}`, `rollback ${run}`, ...others]);
    stage.fleet.mishap = () => null;
    await stage.controller.runs.retryStep(run, step, actor);
    expect(await stage.end(run)).toBe('done');
  });
});

describe('when a later node fails', () => {
  test('the run holds with a typed reason and what can be done (P17), and goes on after a retry', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (downtimeOf('pg-3')(order) && order.attempt === 1 ? 'fails-and-reverts' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    const shown = await stage.controller.runs.getRun(run);
    const step = 'h1.roll.pg-3.standby.downtime';
    expect(shown.holds[0]).toMatchObject({ kind: 'order-failed', subject: step, releasedBy: 'person' });
    expect(shown.holds[0]?.commands).toContain(`retry ${run} ${step}`);
    expect(stage.fleet.downtimes).toEqual(['pg-2', 'pg-3']);
    expect(await stage.controller.runs.retryStep(run, step, actor)).toEqual({ attempt: 2 });
    expect(await stage.end(run)).toBe('done');
    expect((await stage.events(run)).find((event) => event.type === 'hold-cleared')).toMatchObject({ kind: 'order-failed', actor });
  });

  test('a gate that times out holds and is not taken for success (P9)', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (order.step === 'h1.roll.pg-3.standby.settle' ? 'times-out' : null);
    const run = await stage.started();
    await stage.holding(run, 'health-check-failed');
    expect(stage.fleet.downtimes).toEqual(['pg-2', 'pg-3']);
    await stage.controller.runs.resolveStep(run, 'h1.roll.pg-3.standby.settle', 'done', 'seen by hand', actor);
    stage.fleet.mishap = () => null;
    expect(await stage.end(run)).toBe('done');
  });

  test('a step that a person said has failed holds with what can be done (P17), and goes on after a retry', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (order.step === 'h1.roll.pg-3.standby.settle' ? 'times-out' : null);
    const run = await stage.started();
    await stage.holding(run, 'health-check-failed');
    const step = 'h1.roll.pg-3.standby.settle';
    await stage.controller.runs.resolveStep(run, step, 'failed', 'it lags', actor);
    const { holds } = await stage.controller.runs.getRun(run);
    expect(holds[0]).toMatchObject({ kind: 'order-failed', subject: step, releasedBy: 'person' });
    const others = [...resolveCommands(run, step), excludeCommand(run, 'pg-3'), `abort ${run}`];
    expect(holds[0]?.commands).toEqual([`retry ${run} ${step}`, `rollback ${run}`, ...others]);
    stage.fleet.mishap = () => null;
    await stage.controller.runs.retryStep(run, step, actor);
    expect(await stage.end(run)).toBe('done');
  });

  test('a rollback rolls back what was touched, last first, and nothing else', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (downtimeOf('pg-1')(order) ? 'fails-and-reverts' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    stage.fleet.mishap = () => null;
    await stage.controller.runs.rollbackRun(run, 'not today', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.downtimes).toEqual(['pg-2', 'pg-3', 'pg-1', 'pg-3', 'pg-2']);
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
  });

  test('a node that was left stopped is started again by the rollback', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (downtimeOf('pg-3')(order) && !order.step.includes('undo') ? 'fails' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    await stage.controller.runs.rollbackRun(run, '', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.node('pg-3').running).toBe(true);
  });

  test('an order that was interrupted and may be repeated is repeated automatically (P18)', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (downtimeOf('pg-3')(order) && order.attempt === 1 ? 'interrupted' : null);
    const run = await stage.started();
    expect(await stage.end(run)).toBe('done');
  });
});

describe('when a run is rolled back in the middle of a turn', () => {
  const startedUntilHeld = async (stage: Stage, instance: string) => {
    stage.fleet.held = downtimeOf(instance);
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    await stage.controller.runs.rollbackRun(run, 'enough', actor);
    stage.fleet.held = () => false;
    return run;
  };

  test('the primary goes first, though a standby does not follow it again yet, and nobody waits for ever (P17)', async () => {
    await using stage = await Stage.open();
    const run = await startedUntilHeld(stage, 'pg-1');
    stage.fleet.node('pg-3').inService = false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.settle();
    stage.fleet.node('pg-3').inService = true;
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.downtimes).toEqual(['pg-2', 'pg-3', 'pg-1', 'pg-1', 'pg-3', 'pg-2']);
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
  });

  test('a node that is down goes before the one that would wait for it', async () => {
    await using stage = await Stage.open();
    const run = await startedUntilHeld(stage, 'pg-1');
    stage.fleet.stopDatabase('pg-2');
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.downtimes).toEqual(['pg-2', 'pg-3', 'pg-1', 'pg-2', 'pg-1', 'pg-3']);
  });

  test('12.A3: P2 a node that was down and serves again waits for the one that owes its proofs, which goes first', async () => {
    await using stage = await Stage.open();
    stage.fleet.node('pg-1').syncNames = 'ANY 2 ("pg-2", "pg-3")';
    const run = await startedUntilHeld(stage, 'pg-1');
    stage.fleet.stopDatabase('pg-2');
    stage.fleet.held = (order) => order.step.endsWith('pg-2.standby.undo.sync');
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.until(() => stage.fleet.heldOrders().some((orderId) => orderId.includes('undo.sync')));
    stage.fleet.startDatabase('pg-2');
    stage.fleet.held = () => false;
    for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.downtimes.slice(0, 4)).toEqual(['pg-2', 'pg-3', 'pg-1', 'pg-1']);
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
  });
});

describe('when a run is rolled back while a node proves itself again', () => {
  test('the primary goes first all the same: no standby of the older minor follows it', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.step.endsWith('pg-1.primary.write');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    stage.fleet.node('pg-2').incarnation += 1;
    stage.fleet.held = (order) => order.step.endsWith('pg-2.standby.settle');
    for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    stage.fleet.held = () => false;
    await stage.controller.runs.rollbackRun(run, 'no', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.downtimes).toEqual(['pg-2', 'pg-3', 'pg-1', 'pg-1', 'pg-3', 'pg-2']);
  });
});

describe('when something else fails', () => {
  test('a node that dies outside its turn uses up the budget: the run holds, never starts it, and goes on automatically (P1)', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    stage.fleet.stopDatabase('pg-3');
    stage.fleet.node('pg-2').running = true;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.holding(run, 'node-down');
    expect(stage.fleet.downtimes).toEqual(['pg-2']);
    expect(stage.fleet.node('pg-3').running).toBe(false);
    stage.fleet.startDatabase('pg-3');
    expect(await stage.end(run)).toBe('done');
  });

  test('a node that restarts after its gates has to pass them again before the next one is touched (P2)', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.step.endsWith('pg-2.standby.peer') && order.attempt === 1;
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    stage.fleet.node('pg-2').incarnation += 1;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    expect(await stage.end(run)).toBe('done');
    const settles = stage.fleet.begun.filter((order) => order.step === 'h1.canary.pg-2.standby.settle').map((order) => order.attempt);
    expect(settles).toEqual([1, 2]);
    const second = stage.fleet.begun.findIndex((order) => order.step === 'h1.canary.pg-2.standby.settle' && order.attempt === 2);
    const next = stage.fleet.begun.findIndex(downtimeOf('pg-3'));
    expect(second).toBeLessThan(next);
  });

  test('an agent that is lost during an order is waited for: nothing is assumed', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    stage.fleet.unlink('pg-2');
    await stage.holding(run, 'agent-lost');
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    stage.fleet.link('pg-2');
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.begun.filter(downtimeOf('pg-2'))).toHaveLength(1);
  });

  test('13.4: the hold for an agent that is gone says when its host was last seen', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    stage.fleet.unlink('pg-2');
    await stage.holding(run, 'agent-lost');
    const { holds } = await stage.controller.runs.getRun(run);
    const seen = new Date(stage.fleet.hosts().find(({ host }) => host === 'host-of-pg-2')?.lastSeenAtMs ?? Number.NaN).toISOString();
    expect(holds).toMatchObject([
      { detail: `the agent of pg-2 on host-of-pg-2 is disconnected (last seen ${seen.slice(0, 19)}Z)`, subject: 'pg-2' },
    ]);
    await stage.controller.runs.abortRun(run, '', actor);
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    stage.fleet.link('pg-2');
    await stage.end(run);
  });

  test('an order that never reached its agent is sent again under the same id (P3)', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.body.kind === 'stage';
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 3);
    stage.fleet.unlink('pg-2');
    stage.fleet.held = () => false;
    for (const orderId of stage.fleet.heldOrders()) if (!orderId.includes('pg-2')) stage.fleet.release(orderId);
    stage.fleet.journals.get('host-of-pg-2')?.open.clear();
    stage.fleet.link('pg-2');
    expect(await stage.end(run)).toBe('done');
    const ids = stage.fleet.begun.filter((order) => order.step === 'h1.stage.pg-2.stage').map((order) => order.orderId);
    expect(ids).toEqual([`${run}/h1.stage.pg-2.stage/1`, `${run}/h1.stage.pg-2.stage/1`]);
  });

  test('an agent whose journal was lost leaves its open order unknown until a person says what it resulted in (P3)', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    stage.fleet.unlink('pg-2');
    stage.fleet.journals.set('host-of-pg-2', { seq: 0, receipts: new Map(), open: new Map(), fence: null, taken: [] });
    stage.fleet.held = () => false;
    Object.assign(stage.fleet.node('pg-2'), { running: true, version: '16.14', release: '16.14-aaaaaaaaaaaa' });
    stage.fleet.link('pg-2');
    await stage.holding(run, 'order-unknown');
    expect(stage.fleet.begun.filter(downtimeOf('pg-2'))).toHaveLength(1);
    await stage.controller.runs.resolveStep(run, 'h1.canary.pg-2.standby.downtime', 'done', 'it runs 16.14', actor);
    expect(await stage.end(run)).toBe('done');
  });

  test('an act on a host without the controller holds until a person says resume', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    stage.fleet.intervene('pg-3', 'release');
    await stage.holding(run, 'local-intervention');
    stage.fleet.node('pg-2').running = true;
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.clock.advance(5_000);
    await stage.controller.sequencer.tick();
    expect(stage.fleet.downtimes).toEqual(['pg-2']);
    await stage.controller.runs.resumeRun(run, actor);
    expect(await stage.end(run)).toBe('done');
  });

  test('an agent that obeyed an epoch of which the store knows nothing stops all commands to its cluster (P5)', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    const journal = stage.fleet.journals.get('host-of-pg-3');
    if (journal !== undefined) journal.fence = { cluster: 'pg-main', epoch: 99, writer: 'another-life' };
    stage.fleet.link('pg-3');
    await stage.holding(run, 'store-behind-fleet');
    const { plans } = stage.controller;
    const request = { cluster: 'pg-main', toVersion: '16.14', canary: null, settleMs: null, soakMs: null, downgrade: false };
    await expect(plans.makePlan(request, actor)).rejects.toMatchObject({ failure: { code: 'store-behind-fleet' } });
  });

  test.each([
    ['and names what changed', 'postgres-pg-3', ': unit was postgres-pg-3, is postgresql'],
    ['and names none where the plan was made of an agent of 0.1', null, ''],
  ])('a settings change on a host after the plan was made holds %s', async (_how, unit, named) => {
    await using stage = await Stage.open();
    const profile = { releasesDir: '/srv/releases' };
    stage.fleet.node('pg-3').profile = unit === null ? null : { ...profile, unit };
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    Object.assign(stage.fleet.node('pg-3'), { profileDigest: 'sha256:11', profile: { ...profile, unit: 'postgresql' } });
    await stage.holding(run, 'profile-drift');
    expect((await stage.controller.runs.getRun(run)).holds.find(({ kind }) => kind === 'profile-drift')?.detail).toBe(
      `the local settings of pg-3 on host-of-pg-3 changed after the plan was made${named}`,
    );
    stage.fleet.node('pg-3').profileDigest = 'sha256:00';
    stage.fleet.node('pg-2').running = true;
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    expect(await stage.end(run)).toBe('done');
  });
});

describe('what a person says', () => {
  test('pause lets the open turn end and begins no other; resume goes on', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    await stage.controller.runs.pauseRun(run, 'lunch', actor);
    stage.fleet.node('pg-2').running = true;
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.clock.advance(5_000);
    await stage.controller.sequencer.tick();
    expect(stage.fleet.downtimes).toEqual(['pg-2']);
    const shown = await stage.controller.runs.getRun(run);
    expect(shown.waiting?.reason).toContain('paused by local:admin: lunch');
    expect(shown.turns.find((turn) => turn.turn === 'h1.canary.pg-2')?.state).toBe('done');
    await stage.controller.runs.resumeRun(run, actor);
    expect(await stage.end(run)).toBe('done');
  });

  test('abort lets the open order end, and says that the versions are mixed', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-3');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    await stage.controller.runs.abortRun(run, 'enough', actor);
    await stage.settle();
    expect(await stage.state(run)).toBe('active');
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    expect(await stage.end(run)).toBe('aborted');
    const { endReason } = await stage.controller.runs.getRun(run);
    expect(endReason).toContain('enough');
    expect(endReason).toContain('pg-2 runs 16.14');
    expect(endReason).toContain('the versions are mixed');
  });

  test('a command that is not possible now is refused with those that are', async () => {
    await using stage = await Stage.open();
    const run = await stage.started();
    expect(await stage.end(run)).toBe('done');
    await expect(stage.controller.runs.pauseRun(run, '', actor)).rejects.toMatchObject({
      failure: { class: 'refused', message: `pause is not possible: run ${run} is done; possible now: report ${run}` },
    });
    await expect(stage.controller.runs.retryStep(run, 'h1.nothing', actor)).rejects.toMatchObject({ failure: { class: 'not-found' } });
  });

  test('there is no rollback once the previous release is being removed', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.body.kind === 'cleanup';
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    await expect(stage.controller.runs.rollbackRun(run, '', actor)).rejects.toMatchObject({ failure: { code: 'rollback-gone' } });
  });

  test('P17 a hold then offers only what is taken, in status and in the log, and speaks of no rollback', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (order.body.kind === 'cleanup' ? 'fails' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    stage.fleet.intervene('pg-3', 'release');
    await stage.holding(run, 'local-intervention');
    const { holds } = await stage.controller.runs.getRun(run);
    const raised = (await stage.events(run)).flatMap((event) => (event.type === 'hold-raised' ? [event.hold] : []));
    for (const { commands, until } of [...holds, ...raised]) {
      expect(commands).toContain(`abort ${run}`);
      expect(`${commands.join()} ${until}`).not.toMatch(/roll/);
    }
  });
});

describe('when a database is away while its release is staged', () => {
  test('12.C14: the run says so truly, asks nobody, and goes on once the database answers', async () => {
    await using stage = await Stage.open();
    let asked = 0;
    stage.fleet.mishap = (order, node) => (order.body.kind === 'stage' && node.instance === 'pg-2' && ++asked <= 5 ? 'fit-unknown' : null);
    const run = await stage.started();
    await stage.until(async () => {
      const { holds } = await stage.controller.runs.getRun(run);
      expect(holds.filter((hold) => hold.releasedBy === 'person')).toEqual([]);
      return asked > 5;
    });
    expect(await stage.end(run)).toBe('done');
    const events = await stage.events(run);
    expect(events.filter((event) => event.type === 'order-dispatched' && event.step === 'h1.stage.pg-2.stage')).toHaveLength(6);
  });
});
