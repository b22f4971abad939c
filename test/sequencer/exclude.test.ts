/** `drydock exclude`: a node that does not come back, or that a person takes out of a run, and what the rest of the run makes of it. */
import { describe, expect, test } from 'vitest';
import type { Order } from '../../common/orders.ts';
import type { Procedure } from '../../common/procedure.ts';
import { QuayFleet } from '../quay/fleet.ts';
import { quayProcedure } from '../quay/procedure.ts';
import { quayPacks } from '../quay/rules.ts';
import { FleetTwin } from '../twins/fleet.ts';
import { actor, Stage } from './stage.ts';

const why = 'its disk is gone';
const ofNode = (instance: string) => (order: Order) => order.target.instance === instance;
const settleOf = (instance: string) => (order: Order) => order.step.endsWith(`${instance}.standby.settle`);

/** The canary pg-2 is in its turn, and the host of pg-3 is gone with all that was on it. */
async function withoutHost(stage: Stage, fleet = stage.fleet): Promise<string> {
  fleet.held = settleOf('pg-2');
  const run = await stage.started();
  await stage.until(() => fleet.heldOrders().length === 1);
  fleet.node('pg-3').running = false;
  fleet.unlink('pg-3');
  await stage.holding(run, 'agent-lost');
  return run;
}

function letGo({ fleet }: Stage): void {
  fleet.held = () => false;
  for (const orderId of fleet.heldOrders()) fleet.release(orderId);
}

const exclude = ({ controller }: Pick<Stage, 'controller'>, run: string, instance = 'pg-3'): Promise<void> =>
  controller.runs.excludeNode(run, instance, why, actor);

const commandsOf = async (stage: Stage, run: string): Promise<readonly string[]> =>
  (await stage.controller.runs.getRun(run)).holds.flatMap(({ commands }) => commands);

describe('P22 a node that does not come back', () => {
  test('is excluded by the command that its hold offers, and the run goes on to its end without it', async () => {
    await using stage = await Stage.open();
    const run = await withoutHost(stage);
    expect(await commandsOf(stage, run)).toContain(`exclude ${run} pg-3 --reason "…"`);
    await exclude(stage, run);
    letGo(stage);
    expect(await stage.end(run)).toBe('done');
    expect(stage.versions()).toEqual(['16.14', '16.14', '16.4']);
    const document = await stage.controller.runs.getRun(run);
    expect(document.excluded).toEqual([{ instance: 'pg-3', actor, reason: why, effectsLeft: [] }]);
    expect(document.endReason).toBe(
      `every other node runs 16.14 and is in service; pg-3 was excluded by ${actor} (${why}) and is disconnected, left at 16.4`,
    );
    expect(document.turns.filter(({ instance }) => instance === 'pg-3').map(({ phase, state }) => [phase, state])).toContainEqual([
      'roll',
      'excluded',
    ]);
  });

  test('is excluded after its database was found down, and no order reaches it any more although its agent is there', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = settleOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    stage.fleet.stopDatabase('pg-3');
    await stage.holding(run, 'node-down');
    expect(await commandsOf(stage, run)).toContain(`exclude ${run} pg-3 --reason "…"`);
    const before = stage.fleet.begun.filter(ofNode('pg-3')).length;
    await exclude(stage, run);
    letGo(stage);
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.begun.filter(ofNode('pg-3'))).toHaveLength(before);
    expect((await stage.controller.runs.getRun(run)).endReason).toContain('and is down, left at 16.4');
  });

  test('keeps the run from nothing when the controller was started anew and never hears its agent', async () => {
    await using stage = await Stage.open();
    const run = await withoutHost(stage);
    await exclude(stage, run);
    letGo(stage);
    await stage.controller.sequencer.stop();
    const [lost] = [stage.fleet.node('pg-3')];
    stage.fleet.link = (
      (link) => (instance: string) =>
        instance === lost.instance ? undefined : link.call(stage.fleet, instance)
    )(stage.fleet.link);
    await stage.restart();
    expect(await stage.end(run)).toBe('done');
  });

  test('whose own turn failed leaves nothing to retry, and the run is not held by it', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order, node) => (order.body.kind === 'downtime' && node.instance === 'pg-3' ? 'fails' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    expect(await commandsOf(stage, run)).toContain(`exclude ${run} pg-3 --reason "…"`);
    await exclude(stage, run);
    expect(await stage.end(run)).toBe('done');
    expect(stage.versions()).toEqual(['16.14', '16.14', '16.4']);
    expect((await stage.controller.runs.getRun(run)).endReason).toContain('left at 16.4 or 16.14');
  });

  test('whose turn was over is not rolled back, and the end says what it may run', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order, node) => (order.body.kind === 'downtime' && node.instance === 'pg-3' ? 'fails-and-reverts' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    stage.fleet.node('pg-2').running = false;
    stage.fleet.unlink('pg-2');
    await stage.holding(run, 'agent-lost');
    await exclude(stage, run, 'pg-2');
    await stage.controller.runs.rollbackRun(run, 'enough', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.versions()).toEqual(['16.4', '16.14', '16.4']);
    const { endReason } = await stage.controller.runs.getRun(run);
    expect(endReason).toContain(`pg-2 was excluded by ${actor} (${why}) and is disconnected, left at 16.14`);
  });

  test('P20 lets an abort end that waited to start it', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order, node) => (order.body.kind === 'downtime' && node.instance === 'pg-3' ? 'fails' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    await exclude(stage, run);
    await stage.controller.runs.abortRun(run, 'enough', actor);
    expect(await stage.end(run)).toBe('aborted');
  });

  test('is brought level by a later plan', async () => {
    await using stage = await Stage.open();
    const run = await withoutHost(stage);
    await exclude(stage, run);
    letGo(stage);
    expect(await stage.end(run)).toBe('done');
    stage.fleet.link('pg-3');
    stage.fleet.startDatabase('pg-3');
    await stage.settle();
    const { next } = await stage.controller.runs.getRun(run);
    expect(next.map(({ what }) => what)).toContain('bring level');
    expect(await stage.end(await stage.started())).toBe('done');
    expect(stage.versions()).toEqual(['16.14', '16.14', '16.14']);
  });
});

test('P2 what an excluded node looked at for another one is asked again, and that one proves its health all the same', async () => {
  await using stage = await Stage.open();
  const byPeer = (order: Order) => order.step.endsWith('pg-3.standby.peer');
  stage.fleet.held = byPeer;
  const run = await stage.started();
  await stage.until(() => stage.fleet.heldOrders().length === 1);
  const peer = stage.fleet.begun.findLast(byPeer)?.target.instance ?? '';
  await exclude(stage, run, peer);
  letGo(stage);
  await stage.end(run);
  const proofs = (await stage.events(run)).flatMap((event) =>
    event.type === 'order-ended' && event.step.endsWith('pg-3.standby.peer') ? [event.verdict.ok] : [],
  );
  expect(proofs.at(-1)).toBe(true);
  expect((await stage.events(run)).filter(({ type }) => type === 'step-excused')).toEqual([]);
});

describe('P1 an excluded node that the database still counts', () => {
  /** A standby that streams while its agent is gone: the primary sees it, and how it is, is unknown. */
  async function silentAgent(stage: Stage): Promise<string> {
    stage.fleet.held = settleOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    stage.fleet.unlink('pg-3');
    await stage.holding(run, 'agent-lost');
    return run;
  }

  test('uses the budget of its group, so it is not excluded while another one is to be taken down', async () => {
    await using stage = await Stage.open();
    const run = await silentAgent(stage);
    expect((await commandsOf(stage, run)).filter((command) => command.startsWith('exclude'))).toEqual([]);
    await expect(exclude(stage, run)).rejects.toMatchObject({
      failure: { code: 'not-excludable', message: expect.stringContaining('still a member of the database') },
    });
  });

  test('holds the run when it falls silent after it was excluded', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = settleOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    await exclude(stage, run);
    stage.fleet.unlink('pg-3');
    letGo(stage);
    await stage.holding(run, 'membership-mismatch');
    const [hold] = (await stage.controller.runs.getRun(run)).holds;
    expect(hold).toMatchObject({
      subject: 'pg-3',
      releasedBy: 'automatic',
      detail: expect.stringContaining('no more than 1 of its group'),
    });
    stage.fleet.node('pg-3').running = false;
    expect(await stage.end(run)).toBe('done');
    expect(stage.versions()).toEqual(['16.14', '16.14', '16.4']);
  });
});

describe('exclude is refused in one sentence', () => {
  const refused = async (stage: Stage, run: string, instance: string): Promise<string> =>
    exclude(stage, run, instance).then(
      () => 'it was taken',
      (thrown: Error) => thrown.message,
    );

  test('P20 of a node in the middle of its own downtime', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.body.kind === 'downtime';
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    expect(await refused(stage, run, 'pg-2')).toMatch(
      /"downtime" is under way at pg-2: wait for its end; if no agent reports it any more, drydock resolve/,
    );
    letGo(stage);
    expect(await stage.end(run)).toBe('done');
  });

  test('of the only node, of one that is not there, and a second time', async () => {
    await using stage = await Stage.open(1);
    stage.fleet.held = (order) => order.body.kind === 'downtime';
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    expect(await refused(stage, run, 'pg-1')).toContain(`without it the run has nothing left to do: drydock abort ${run}`);
    expect(await refused(stage, run, 'pg-9')).toBe(`run ${run} has no node pg-9; its nodes are: pg-1`);
    letGo(stage);
    await stage.end(run);
    expect(await refused(stage, run, 'pg-1')).toContain('exclude is not possible');
  });

  test('a second time', async () => {
    await using stage = await Stage.open();
    const run = await withoutHost(stage);
    await exclude(stage, run);
    expect(await refused(stage, run, 'pg-3')).toBe(`pg-3 is already excluded from run ${run}; a later plan can upgrade it`);
  });

  test('of the successor of a switchover, and of the leader while its role goes over', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.body.kind === 'act' && order.body.verb === 'promote';
    const run = await stage.started({ primary: 'switchover' });
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    const successor = stage.fleet.begun.at(-1)?.target.instance ?? '';
    expect(await refused(stage, run, successor)).toContain('is under way');
    expect(await refused(stage, run, 'pg-1')).toMatch(/is under way|its role is being handed over/);
    letGo(stage);
    expect(await stage.end(run)).toBe('done');
  });
});

describe('P19 what was set for the turn of an excluded node', () => {
  /** Commits of pg-1 wait for pg-3, so that its turn lowers that for the time; then its host is gone. */
  async function lowered(stage: Stage): Promise<string> {
    stage.fleet.node('pg-1').syncNames = 'pg-3';
    stage.fleet.held = settleOf('pg-3');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    return run;
  }

  test('stays while the node is out, for commits would hang, and the end says so', async () => {
    await using stage = await Stage.open();
    const run = await lowered(stage);
    stage.fleet.node('pg-3').running = false;
    stage.fleet.unlink('pg-3');
    await stage.holding(run, 'agent-lost');
    const [order] = stage.fleet.heldOrders();
    const step = order?.split('/')[1] ?? '';
    await exclude(stage, run);
    stage.fleet.held = () => false;
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.node('pg-1').syncNames).toBe('');
    const document = await stage.controller.runs.getRun(run);
    expect(document.excluded[0]?.effectsLeft).toMatchObject([{ instance: 'pg-1', key: 'synchronous-standby-names', prior: 'pg-3' }]);
    expect(document.endReason).toContain("synchronous-standby-names of pg-1 stays ''; it was 'pg-3' before: restore it by hand");
    expect(await stage.events(run)).toContainEqual(expect.objectContaining({ type: 'step-excused', step }));
  });

  test('is restored at once where the node serves', async () => {
    await using stage = await Stage.open();
    const run = await lowered(stage);
    await exclude(stage, run);
    letGo(stage);
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.node('pg-1').syncNames).toBe('pg-3');
    expect((await stage.controller.runs.getRun(run)).excluded[0]?.effectsLeft).toEqual([]);
  });
});

test('P20 a node that a switchover brought down for the last time is not waited for once it is excluded', async () => {
  await using stage = await Stage.over(new FleetTwin(3), ['16.4', '16.14']);
  stage.fleet.mishap = (order, node) => (node.instance === 'pg-1' && order.step.endsWith('.start') ? 'fails' : null);
  const run = await stage.started({ primary: 'switchover' });
  await stage.holding(run, 'order-failed');
  await exclude(stage, run, 'pg-1');
  expect(await stage.end(run)).toBe('done');
  expect((await stage.controller.runs.getRun(run)).endReason).toContain('pg-1 was excluded by');
  expect(stage.fleet.breaches).toEqual([]);
});

describe('what any member can do for the whole cluster', () => {
  const names = ['store-1', 'store-2', 'store-3'];
  const isHoldBack = ({ step }: Order) => step.endsWith('.hold-back');

  async function failing(repeat: 'convergent' | 'once'): Promise<{ readonly stage: Stage<QuayFleet>; readonly run: string }> {
    const once: Procedure = {
      ...quayProcedure,
      prepare: (input) => {
        const { steps, undo, risks } = quayProcedure.prepare?.(input) ?? { steps: [], undo: [], risks: [] };
        return { steps: steps.map((step) => ({ ...step, repeat })), undo, risks };
      },
    };
    const stage = await Stage.over(new QuayFleet(names, '5.0'), ['5.0', '6.0'], new Map([['quay', once]]));
    stage.packs = quayPacks;
    stage.fleet.mishap = (order) => (isHoldBack(order) && order.target.instance === 'store-1' ? 'fails' : null);
    const run = await stage.started({ cluster: 'quay-main', toVersion: '6.0', settleMs: 0 });
    await stage.holding(run, 'order-failed');
    return { stage, run };
  }

  test('P22 is another one’s once the one that was chosen for it is excluded', async () => {
    const { stage, run } = await failing('convergent');
    await using _ = stage;
    await exclude(stage, run, 'store-1');
    await stage.controller.runs.retryStep(run, stage.fleet.begun.findLast(isHoldBack)?.step ?? '', actor);
    await stage.until(() => stage.fleet.begun.filter(isHoldBack).length > 1);
    expect(stage.fleet.begun.filter(isHoldBack).map(({ target }) => target.instance)).toEqual(['store-1', 'store-2']);
  });

  test('P3 keeps the one that was chosen in the run where it may be done only once', async () => {
    const { stage, run } = await failing('once');
    await using _ = stage;
    await expect(exclude(stage, run, 'store-1')).rejects.toThrow(/it carries out "hold finalization back" for the whole cluster/);
  });
});
