/** A store that was put back: the fleet went on without it, and it must be without power until that is settled. */
import { describe, expect, test } from 'vitest';
import type { AgentMessage } from '../../common/link.ts';
import type { Order } from '../../common/orders.ts';
import { twinCluster } from '../twins/fleet.ts';
import { actor, planRequest, Stage } from './stage.ts';

const outageOf = (instance: string) => (order: Order) => order.body.kind === 'outage' && order.target.instance === instance;

async function approved(stage: Stage): Promise<{ readonly planId: string; readonly runId: string }> {
  const made = await stage.controller.plans.makePlan(planRequest, actor);
  await stage.controller.plans.approvePlan(made.planId, made.digest, actor);
  return made;
}

const behind = { failure: { class: 'refused', code: 'store-behind-fleet' } };

describe('a store that was put back', () => {
  test('12.A1 P5: copied before a run of the same controller, it may neither plan nor run, and its run ids are not those that it lost', async () => {
    await using stage = await Stage.open();
    const { planId } = await approved(stage);
    const putBack = stage.backUp();
    const lost = await stage.controller.plans.makePlan(planRequest, actor);
    expect(await stage.end(await stage.controller.runs.startRun(planId, actor))).toBe('done');
    const begun = stage.fleet.begun.length;
    await putBack();
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
    stage.fleet.held = outageOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    const putBack = stage.backUp();
    stage.fleet.held = outageOf('pg-3');
    stage.fleet.node('pg-2').running = true;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    const begun = stage.fleet.begun.length;
    await putBack();
    await stage.holding(run, 'store-behind-fleet');
    const hold = (await stage.controller.runs.getRun(run)).holds.find(({ kind }) => kind === 'store-behind-fleet');
    expect(hold?.detail).toMatch(/took order \S+ of controller writer-1 in epoch \d+, which this store never gave/);
    expect(stage.fleet.begun.length).toBe(begun);
    await expect(stage.controller.plans.makePlan(planRequest, actor)).rejects.toMatchObject(behind);
  });

  test('12.A1 P5: commands nothing before it has heard every agent, for the one that is away may hold what it never gave', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = outageOf('pg-2');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    const putBack = stage.backUp();
    stage.fleet.held = outageOf('pg-3');
    stage.fleet.node('pg-2').running = true;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    for (const name of ['pg-2', 'pg-3']) stage.fleet.unlink(name);
    const begun = stage.fleet.begun.length;
    const linkAll = stage.fleet.linkAll.bind(stage.fleet);
    stage.fleet.linkAll = () => stage.fleet.link('pg-1');
    await putBack();
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

describe('the store that the fleet knows', () => {
  test('12.A1: is not behind because journals went on with orders that it gave', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = outageOf('pg-2');
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
    stage.fleet.held = outageOf('pg-2');
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
    protocol: 1,
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
