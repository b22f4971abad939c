/** A store that was restored: the fleet went on without it, and it must be without power until that is settled. */
import { describe, expect, test } from 'vitest';
import { type AgentMessage, protocolVersion } from '../../common/link.ts';
import type { Order } from '../../common/orders.ts';
import type { Store } from '../../controller/store/store.ts';
import { twinCluster } from '../twins/fleet.ts';
import { actor, planRequest, Stage } from './stage.ts';

const downtimeOf = (instance: string) => (order: Order) => order.body.kind === 'downtime' && order.target.instance === instance;

async function approved(stage: Stage): Promise<{ readonly planId: string; readonly runId: string }> {
  const made = await stage.controller.plans.makePlan(planRequest, actor);
  return { ...made, ...(await stage.controller.plans.approvePlan(made.planId, made.digest, actor)) };
}

const behind = { failure: { class: 'refused', code: 'store-behind-fleet' } };

describe('a store that was restored', () => {
  test('12.A1 P5: copied before a run of the same controller, it may neither plan nor run, and its run ids are not those that it lost', async () => {
    await using stage = await Stage.open();
    const { planId } = await approved(stage);
    const restoreEffect = stage.backUp();
    const made = await stage.controller.plans.makePlan({ ...planRequest, toVersion: '16.13' }, actor);
    const lost = await stage.controller.plans.approvePlan(made.planId, made.digest, actor);
    expect(await stage.end(await stage.controller.runs.startRun(planId, actor))).toBe('done');
    const begun = stage.fleet.begun.length;
    await restoreEffect();
    const { plans, runs, store } = stage.controller;
    await expect(runs.startRun(planId, actor)).rejects.toMatchObject(behind);
    await expect(plans.makePlan(planRequest, actor)).rejects.toMatchObject(behind);
    await stage.until(() => true);
    expect(stage.fleet.begun.length).toBe(begun);
    // The counter stands where it stood; what follows it does not.
    const next = await store.nextRunId('another');
    expect(next.startsWith(lost.runId.slice(0, lost.runId.lastIndexOf('-')))).toBe(true);
    expect(next).not.toBe(lost.runId);
  });

  test('12.A1 P5: copied in the middle of a run, it finds orders in the journals that it never gave, though fence and epoch agree', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    const restoreEffect = stage.backUp();
    stage.fleet.held = downtimeOf('pg-3');
    stage.fleet.node('pg-2').running = true;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    const begun = stage.fleet.begun.length;
    await restoreEffect();
    await stage.holding(run, 'store-behind-fleet');
    const hold = (await stage.controller.runs.getRun(run)).holds.find(({ kind }) => kind === 'store-behind-fleet');
    expect(hold?.detail).toMatch(/accepted order \S+ of controller writer-1 in epoch \d+, which this store never sent/);
    expect(stage.fleet.begun.length).toBe(begun);
    await expect(stage.controller.plans.makePlan(planRequest, actor)).rejects.toMatchObject(behind);
  });

  test('12.A1 P5: commands nothing before it has heard every agent, for the one that is away may hold what it never gave', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    const restoreEffect = stage.backUp();
    stage.fleet.held = downtimeOf('pg-3');
    stage.fleet.node('pg-2').running = true;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    for (const name of ['pg-2', 'pg-3']) stage.fleet.unlink(name);
    const begun = stage.fleet.begun.length;
    const linkAll = stage.fleet.linkAll.bind(stage.fleet);
    stage.fleet.linkAll = () => stage.fleet.link('pg-1');
    await restoreEffect();
    await stage.holding(run, 'agent-lost');
    expect(stage.fleet.begun.length).toBe(begun);
    linkAll();
    await stage.holding(run, 'store-behind-fleet');
    expect(stage.fleet.begun.length).toBe(begun);
  });

  test('12.A1 P3: takes no receipt for its own that answers the same order of the store before it', async () => {
    await using stage = await Stage.open();
    const { planId, runId } = await approved(stage);
    expect(await stage.end(await stage.controller.runs.startRun(planId, actor))).toBe('done');
    const given = stage.fleet.begun.find((order) => order.body.kind === 'stage')?.given;
    const { store } = stage.controller;
    const [{ step, attempt } = { step: '', attempt: 0 }] = await store.orderPlaces(runId);
    expect(await store.knowsOrder(`${runId}/${step}/${attempt}`, given ?? { epoch: 0, writer: '' })).toBe(true);
    expect(await store.knowsOrder(`${runId}/${step}/${attempt}`, { epoch: given?.epoch ?? 0, writer: 'another' })).toBe(false);
    expect(await store.knowsOrder(`${runId}/${step}/${attempt + 1}`, given ?? { epoch: 0, writer: '' })).toBe(false);
  });
});

describe('a store that adopts what the fleet did', () => {
  test('12.A2 P3 P5: claims an epoch above the fleet, says what it learned, ends the run that it cannot carry on, and plans and runs again', async () => {
    await using stage = await Stage.open();
    const restoreEffect = stage.backUp();
    const lost = await stage.started({ toVersion: '16.13' });
    expect(await stage.end(lost)).toBe('done');
    await restoreEffect();
    await stage.settle();
    const { sequencer, store } = stage.controller;
    const given = stage.fleet.begun.map(({ orderId }) => orderId).sort();
    const { clusters, reason } = await sequencer.adoptFleet('the disk was lost', actor);
    expect(reason).toBe('the disk was lost');
    expect(clusters.map(({ cluster, gaps, ended }) => ({ cluster, gaps, ended }))).toEqual([{ cluster: twinCluster, gaps: [], ended: [] }]);
    expect(clusters[0]?.learned.map(({ order }) => order).sort()).toEqual(given);
    expect(clusters[0]?.learned.find(({ what, instance }) => what === 'downtime' && instance === 'pg-1')).toMatchObject({
      outcome: 'done',
      run: lost,
    });
    expect(clusters[0]?.epoch).toBeGreaterThan(Math.max(...stage.fleet.begun.map(({ epoch }) => epoch)));
    expect((await store.events('fleet', 0, 100)).map(({ body }) => body)).toContainEqual(
      expect.objectContaining({ type: 'fleet-adopted', cluster: twinCluster, actor, reason: 'the disk was lost' }),
    );
    await stage.restart();
    expect(stage.controller.sequencer.refusal(twinCluster)).toBeNull();
    const begun = stage.fleet.begun.length;
    expect(await stage.end(await stage.started())).toBe('done');
    expect(stage.fleet.begun.slice(begun).every(({ run }) => run !== lost)).toBe(true);
    expect(stage.versions()).toEqual(['16.14', '16.14', '16.14']);
  });

  test('12.A2 P17: adopts a cluster whose own run it cannot read, and leaves that run alone as it is', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    const restoreEffect = stage.backUp();
    stage.fleet.held = downtimeOf('pg-3');
    stage.fleet.node('pg-2').running = true;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    await restoreEffect();
    await stage.settle();
    const later = async (real: Store, runId: string) => {
      const record = await real.run(runId);
      return record === null ? null : { ...record, foldVersion: 99 };
    };
    await stage.restartMortal(
      (real) =>
        new Proxy(real, {
          get(target, name) {
            const value: unknown = Reflect.get(target, name, target);
            if (name === 'run') return (runId: string) => later(target, runId);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        }),
    );
    const { sequencer, runs } = stage.controller;
    const { clusters } = await sequencer.adoptFleet('restored', actor);
    expect(clusters).toMatchObject([{ cluster: twinCluster, ended: [] }]);
    expect(sequencer.refusal(twinCluster)).toBeNull();
    await expect(runs.getRun(run)).rejects.toMatchObject({ failure: { class: 'refused', code: 'run-too-new' } });
  });

  test('12.A2 P17: in the middle of a run ends that run, stuck while a node is down, and takes its open order’s receipt when it comes', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    const restoreEffect = stage.backUp();
    stage.fleet.held = downtimeOf('pg-3');
    stage.fleet.node('pg-2').running = true;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    await restoreEffect();
    await stage.holding(run, 'store-behind-fleet');
    const shown = await stage.controller.runs.getRun(run);
    expect(shown.holds.find(({ kind }) => kind === 'store-behind-fleet')?.commands).toEqual(['controller adopt --reason "…"']);
    const { clusters } = await stage.controller.sequencer.adoptFleet('restored', actor);
    expect(clusters[0]?.ended).toMatchObject([{ run, state: 'stuck', reason: expect.stringMatching(/pg-3 not in service/) }]);
    expect(await stage.state(run)).toBe('stuck');
    const [open] = stage.fleet.heldOrders();
    stage.fleet.held = () => false;
    stage.fleet.node('pg-3').running = true;
    stage.fleet.release(open ?? '');
    await stage.until(() => stage.fleet.journals.get('host-of-pg-3')?.receipts.get(open ?? '')?.acked === true);
    expect(await stage.end(await stage.started())).toBe('done');
  });

  test('12.A2: names a history-gap for an agent that is away, for a journal that was made anew, and for an attempt that is in no journal', async () => {
    await using stage = await Stage.open();
    expect(await stage.end(await stage.started({ toVersion: '16.13' }))).toBe('done');
    const restoreEffect = stage.backUp();
    let failed = false;
    stage.fleet.mishap = (order) => {
      const fails = !failed && order.body.kind === 'stage' && order.target.instance === 'pg-1';
      failed ||= fails;
      return fails ? 'fails' : null;
    };
    const lost = await stage.started();
    await stage.holding(lost, 'order-failed');
    const step =
      stage.fleet.begun.find((order) => order.run === lost && order.body.kind === 'stage' && order.target.instance === 'pg-1')?.step ?? '';
    await stage.controller.runs.retryStep(lost, step, actor);
    expect(await stage.end(lost)).toBe('done');
    const first = stage.fleet.journals.get('host-of-pg-1');
    const at = first?.taken.findIndex((order) => order.run === lost && order.step === step && order.attempt === 1) ?? -1;
    first?.taken.splice(at, 1);
    stage.fleet.journals.set('host-of-pg-2', { seq: 0, receipts: new Map(), open: new Map(), fence: null, taken: [] });
    const linkAll = stage.fleet.linkAll.bind(stage.fleet);
    stage.fleet.linkAll = () => {
      for (const name of ['pg-1', 'pg-2']) stage.fleet.link(name);
    };
    stage.fleet.unlink('pg-3');
    await restoreEffect();
    await stage.settle();
    const { clusters } = await stage.controller.sequencer.adoptFleet('restored', actor);
    expect(clusters[0]?.gaps).toEqual([
      { kind: 'history-gap', host: 'host-of-pg-3', detail: expect.stringContaining('no connection to the agent on host-of-pg-3') },
      { kind: 'history-gap', host: 'host-of-pg-1', detail: expect.stringContaining(`order ${lost}/${step}/1 is in no journal`) },
      { kind: 'history-gap', host: 'host-of-pg-2', detail: expect.stringContaining('does not go back to the last order') },
    ]);
    // Who was away shows what it holds when it is there again.
    linkAll();
    await stage.settle();
    expect(stage.controller.sequencer.refusal(twinCluster)).toMatchObject({ code: 'store-behind-fleet' });
    await stage.controller.sequencer.adoptFleet('the third is back', actor);
    expect(stage.controller.sequencer.refusal(twinCluster)).toBeNull();
  });

  test('12.A2: is refused where the store knows of everything', async () => {
    await using stage = await Stage.open();
    expect(await stage.end(await stage.started())).toBe('done');
    await expect(stage.controller.sequencer.adoptFleet('to be sure', actor)).rejects.toMatchObject({ failure: { code: 'not-behind' } });
  });
});

describe('the store that the fleet knows', () => {
  test('12.A1: is not behind because journals went on with orders that it gave', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = downtimeOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    for (const name of stage.fleet.nodesByName.keys()) stage.fleet.unlink(name);
    stage.fleet.held = () => false;
    stage.fleet.node('pg-2').running = true;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.restart();
    expect(await stage.end(run)).toBe('done');
    expect(JSON.stringify(await stage.events(run))).not.toContain('store-behind-fleet');
  });

  test('12.A1 P5: claims an epoch for each run, and for each controller that takes one up', async () => {
    await using stage = await Stage.open();
    const first = await stage.started({ toVersion: '16.13' });
    expect(await stage.end(first)).toBe('done');
    stage.fleet.held = downtimeOf('pg-2');
    const second = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    await stage.restart();
    stage.fleet.held = () => false;
    stage.fleet.node('pg-2').running = true;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    expect(await stage.end(second)).toBe('done');
    const epochsOf = (run: string) => [...new Set(stage.fleet.begun.filter((order) => order.run === run).map(({ epoch }) => epoch))];
    expect([epochsOf(first), epochsOf(second)]).toEqual([[2], [3, 4]]);
  });
});

describe('what a host says of epochs', () => {
  const stray = (stage: Stage): Extract<AgentMessage, { type: 'hello' }> => ({
    type: 'hello',
    protocol: protocolVersion,
    agentVersion: 'twin',
    host: 'stray',
    bootId: 'boot-1',
    arch: 'x64',
    os: 'debian:12',
    instances: [],
    fences: [{ cluster: twinCluster, epoch: 999, writer: 'nobody' }],
    newestOrders: [{ cluster: twinCluster, orderId: 'r-9/x/1', epoch: 999, writer: 'nobody' }],
    openOrders: [],
    journalHead: stage.fleet.begun.length,
  });

  test('12.A3: is not believed from a host that holds no instance of the cluster', async () => {
    await using stage = await Stage.open();
    stage.fleet.hello('stray', stray(stage));
    await stage.settle();
    expect(await stage.end(await stage.started())).toBe('done');
  });

  test('12.A3: goes with the host: when it no longer holds an instance there, and when it says otherwise', async () => {
    await using stage = await Stage.open();
    const { sequencer } = stage.controller;
    const journal = stage.fleet.journals.get('host-of-pg-3');
    if (journal === undefined) throw new Error('pg-3 has no journal');
    journal.fence = { cluster: twinCluster, epoch: 999, writer: 'nobody' };
    stage.fleet.link('pg-3');
    await stage.settle();
    expect(sequencer.refusal(twinCluster)).toMatchObject({ code: 'store-behind-fleet' });
    stage.fleet.node('pg-3').host = 'another-host';
    expect(sequencer.refusal(twinCluster)).toBeNull();
    stage.fleet.node('pg-3').host = 'host-of-pg-3';
    expect(sequencer.refusal(twinCluster)).not.toBeNull();
    journal.fence = null;
    stage.fleet.link('pg-3');
    await stage.settle();
    expect(sequencer.refusal(twinCluster)).toBeNull();
  });
});
