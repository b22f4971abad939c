import { describe, expect, test } from 'vitest';
import { loadPack, type RulePacks } from '../../controller/rules/pack.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { schemes } from '../../engines/schemes.ts';
import { builtin } from '../rules/builtin.ts';
import { planRequest, Stage } from './stage.ts';

const text = builtinPacks().find((pack) => pack.name === 'postgresql')?.text ?? '';

/** The built-in rules, changed as a later issue of the pack might be. */
function withPack(change: (text: string) => string): RulePacks {
  return new Map([...builtin, ['postgresql', loadPack('later.yaml', change(text), schemes)]]);
}

const refusing = withPack((it) =>
  it.replace(
    'refusals:',
    'refusals:\n  - { id: no-16-14, from: any, to: 16.14, reason: it was withdrawn, instead: 16.15, source: a test }',
  ),
);
const sameWay = withPack((it) => `# another text, the same rules\n${it}`);

describe('M50 rules that change while plans are open', () => {
  test('an approved plan whose path is as it was stays approved', async () => {
    await using stage = await Stage.open();
    const { plans, sequencer, store } = stage.controller;
    const { planId, digest } = await plans.makePlan(planRequest, 'a');
    const { runId } = await plans.approvePlan(planId, digest, 'b');
    stage.packs = sameWay;
    expect(await sequencer.reprove('postgresql')).toMatchObject([{ run: runId, result: 'same' }]);
    expect((await store.run(runId))?.state).toBe('approved');
  });

  test('an approval is voided when the rules lead elsewhere, and the plan can be neither approved nor run any more', async () => {
    await using stage = await Stage.open();
    const { plans, sequencer, store, runs } = stage.controller;
    const { planId, digest } = await plans.makePlan(planRequest, 'a');
    const { runId } = await plans.approvePlan(planId, digest, 'b');
    stage.packs = refusing;
    expect(await sequencer.reprove('postgresql')).toMatchObject([{ run: runId, result: 'approval-voided' }]);
    expect((await store.run(runId))?.state).toBe('draft');
    await expect(plans.approvePlan(planId, digest, 'b')).rejects.toThrow(/withdrawn.*plan again/);
    await expect(runs.startRun(planId, 'b')).rejects.toThrow();
  });

  test('12.B10: a controller that comes up with newer rules of its own voids an approval that they do not bear, too', async () => {
    await using stage = await Stage.open();
    const { plans, store } = stage.controller;
    const { planId, digest } = await plans.makePlan(planRequest, 'a');
    const { runId } = await plans.approvePlan(planId, digest, 'b');
    stage.packs = refusing;
    await stage.until(async () => (await store.run(runId))?.state === 'draft');
    await expect(plans.approvePlan(planId, digest, 'b')).rejects.toThrow(/withdrawn.*plan again/);
  });

  test('a running plan holds before its next node, goes on when the rules are as they were, and nothing was touched meanwhile', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.step.includes('pg-2') && order.body.kind === 'await' && order.body.viewpoint === 'self';
    const run = await stage.started();
    await stage.until(async () => stage.fleet.heldOrders().length === 1);
    stage.packs = refusing;
    expect(await stage.controller.sequencer.reprove('postgresql')).toMatchObject([{ run, result: 'held' }]);
    await stage.until(async () => (await stage.controller.runs.getRun(run)).holds.some((hold) => hold.kind === 'rules-changed'));
    const [hold] = (await stage.controller.runs.getRun(run)).holds;
    expect(hold?.detail).toMatch(/refuse 16\.4 → 16\.14: it was withdrawn/);
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.until(async () =>
      (await stage.controller.runs.getRun(run)).turns.some((turn) => turn.instance === 'pg-2' && turn.disruptive && turn.state === 'done'),
    );
    expect(stage.fleet.downtimes).toEqual(['pg-2']);
    stage.packs = builtin;
    expect(await stage.end(run)).toBe('done');
  });

  test('engines that the rules do not speak of are left alone', async () => {
    await using stage = await Stage.open();
    await stage.controller.plans.makePlan(planRequest, 'a');
    expect(await stage.controller.sequencer.reprove('etcd')).toEqual([]);
  });
});

describe('a version that a cluster was rolled back from', () => {
  test('is planned once more only when that is said', async () => {
    await using stage = await Stage.open();
    stage.fleet.mishap = (order) => (order.step.includes('pg-3') && order.body.kind === 'downtime' ? 'fails-and-reverts' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    stage.fleet.mishap = () => null;
    await stage.controller.runs.rollbackRun(run, 'slow queries', 'a');
    expect(await stage.end(run)).toBe('rolled-back');
    const { plans } = stage.controller;
    await expect(plans.makePlan(planRequest, 'a')).rejects.toThrow(/rolled back from 16\.14 by r-1.*--again/);
    expect((await plans.makePlan({ ...planRequest, again: true }, 'a')).planId).toMatch(/^p-/);
  });
});
