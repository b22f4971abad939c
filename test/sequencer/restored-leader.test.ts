/** A leader's snapshot that brings along what keeps WAL for the others: kept until they follow, and by no run for ever (P19). */
import { describe, expect, test } from 'vitest';
import type { Order } from '../../common/orders.ts';
import { actor, Stage } from './stage.ts';

const effect = { key: 'retained-wal', prior: null, set: 'drydock_snapshots' };
const restore = { toVersion: null, restoreRun: 'r-1', restoreInstance: null };
const letsGo = ({ body }: Order) => body.kind === 'unset' && body.key === effect.key && body.effect !== null;

async function stageWithSnapshots(): Promise<Stage> {
  const stage = await Stage.open();
  const made = { madeAtMs: 0, expiresAtMs: 1e15, bytes: 1, version: '16.4', verified: 'list', position: '0/3000000' };
  const probe = stage.fleet.probe.bind(stage.fleet);
  stage.fleet.probe = async (instance, checks, deadlineMs, more) => ({
    ...(await probe(instance, checks, deadlineMs, more)),
    snapshots: [{ id: `r-1.${instance}`, run: 'r-1', role: instance === 'pg-1' ? 'primary' : 'standby', ...made }],
  });
  stage.fleet.broughtAlong = [effect];
  return stage;
}

const effectEvents = async (stage: Stage, run: string) =>
  (await stage.events(run)).flatMap(({ type }) => (type.startsWith('effect-') ? [type] : []));

describe('P19 what comes with the snapshot of the leader', () => {
  test('is kept until every member was restored and proven, and then no longer', async () => {
    await using stage = await stageWithSnapshots();
    const run = await stage.started(restore);
    expect(await stage.end(run)).toBe('done');
    const { begun } = stage.fleet;
    expect(begun.filter(letsGo).map(({ step, target, body }) => [step, target.instance, body])).toEqual([
      ['h1.cleanup.pg-1.unset', 'pg-1', { kind: 'unset', scope: 'node', key: effect.key, effect }],
    ]);
    expect(begun.findIndex(letsGo)).toBeGreaterThan(begun.findLastIndex(({ body }) => body.kind === 'downtime' || body.kind === 'await'));
    expect(await effectEvents(stage, run)).toEqual(['effect-opened', 'effect-closed']);
  });

  test('stays while the turn of another holds, for it is still to follow', async () => {
    await using stage = await stageWithSnapshots();
    stage.fleet.mishap = (order) => (order.step.startsWith('h1.roll.pg-2') && order.body.kind === 'await' ? 'times-out' : null);
    const run = await stage.started(restore);
    await stage.holding(run, 'health-check-failed');
    expect(stage.fleet.begun.filter(letsGo)).toEqual([]);
    expect((await stage.controller.runs.getRun(run)).effects).toEqual([{ instance: 'pg-1', ...effect }]);
    await stage.controller.runs.abortRun(run, 'enough', actor);
    expect(await stage.end(run)).toBe('aborted');
    expect(await effectEvents(stage, run)).toEqual(['effect-opened', 'effect-closed']);
  });

  test.each(['h1.canary.pg-1', 'h1.roll.pg-2'])('is kept no longer when the run is aborted in the middle of %s', async (turn) => {
    await using stage = await stageWithSnapshots();
    stage.fleet.held = (order) => order.body.kind === 'downtime' && order.step.startsWith(turn);
    const run = await stage.started(restore);
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    await stage.controller.runs.abortRun(run, 'enough', actor);
    stage.fleet.held = () => false;
    for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
    expect(await stage.end(run)).toBe('aborted');
    expect(stage.fleet.begun.filter(letsGo).map(({ target }) => target.instance)).toEqual(['pg-1']);
    expect(await effectEvents(stage, run)).toEqual(['effect-opened', 'effect-closed']);
  });

  test('is taken away by the cleanup, which remove nothing else: what is said to a rollback then is what only a person can do', async () => {
    await using stage = await stageWithSnapshots();
    stage.fleet.held = letsGo;
    const run = await stage.started(restore);
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    const lossy = { failure: { code: 'rollback-lossy', message: expect.stringContaining('beside its data directory') } };
    await expect(stage.controller.runs.rollbackRun(run, '', actor)).rejects.toMatchObject(lossy);
    stage.fleet.held = () => false;
    for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
    expect(await stage.end(run)).toBe('done');
  });

  test('is nothing where the snapshot was made before it brought any along: then nothing is done at the end', async () => {
    await using stage = await stageWithSnapshots();
    stage.fleet.broughtAlong = [];
    const run = await stage.started(restore);
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.begun.filter(letsGo)).toEqual([]);
    expect(await effectEvents(stage, run)).toEqual([]);
  });
});
