import { describe, expect, test } from 'vitest';
import { byHandRisk, type ConfigTask } from '../../common/config-task.ts';
import type { ClusterView } from '../../common/facts.ts';
import type { Plan } from '../../common/plan.ts';
import { pathDifference } from '../../controller/planner/path-drift.ts';
import { loadPack, type RulePacks } from '../../controller/rules/pack.ts';
import { findPath } from '../../controller/rules/path.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { schemes } from '../../engines/schemes.ts';
import { openQuay, quayKinds } from '../quay/open.ts';
import { quayConfigPacks, quayPacks } from '../quay/rules.ts';
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

describe('M12 M50 rules that change the configuration alone', () => {
  test('void an approval of a plan that leaves the file as it is, and name what they ask for', async () => {
    await using stage = await openQuay('rolling');
    const { plans, sequencer, store } = stage.controller;
    const asked = { ...planRequest, cluster: 'quay-main', toVersion: quayKinds.rolling.to };
    const { planId, digest } = await plans.makePlan(asked, 'a');
    const { runId } = await plans.approvePlan(planId, digest, 'b');
    stage.packs = quayConfigPacks;
    expect(await sequencer.reprove('quay')).toMatchObject([{ run: runId, result: 'approval-voided' }]);
    expect((await store.run(runId))?.state).toBe('draft');
    await expect(plans.approvePlan(planId, digest, 'b')).rejects.toThrow(
      /the rules active now \(quay 1\) require another configuration of 1\.1: quay\.yaml: rename cache_in_mb to cache, with the unit MB; plan again/,
    );
  });

  test('are seen whichever way they change, by an agent or by hand; other words for a reason are none', async () => {
    await using stage = await openQuay('rolling');
    const { plans, store } = stage.controller;
    const asked = { ...planRequest, cluster: 'quay-main', toVersion: quayKinds.rolling.to };
    const made = (await store.plan((await plans.makePlan(asked, 'a')).planId))?.plan;
    if (made === undefined) throw new TypeError('the plan was made');
    const view = { nodes: made.nodes.map(({ host, arch }) => ({ host, arch, os: 'debian:12' })) } as unknown as ClusterView;
    const tasks = findPath({ engine: 'quay', from: '1.0', to: '1.1', hosts: [], traits: {} }, quayConfigPacks).hops[0]?.config ?? [];
    const planned = (config: readonly ConfigTask[], risks: readonly string[] = []) => ({
      ...made,
      pack: { ...made.pack, digest: 'sha256:before' },
      hops: made.hops.map((hop) => ({ ...hop, config, risks: [...hop.risks, ...risks] })),
    });
    const difference = (plan: Plan, packs: RulePacks) => pathDifference(plan, view, packs, '2026-11-30', {});
    expect(tasks).toHaveLength(3);
    expect(difference(planned(tasks), quayConfigPacks)).toBeNull();
    expect(difference(planned(tasks.map((task) => ({ ...task, why: 'said otherwise' }))), quayConfigPacks)).toBeNull();
    expect(difference(planned(tasks.slice(1), tasks.slice(0, 1).map(byHandRisk)), quayConfigPacks)).toBeNull();
    expect(difference(planned(tasks.slice(1)), quayConfigPacks)).toMatch(/require another configuration of 1\.1: quay\.yaml: rename/);
    expect(difference(planned(tasks), quayPacks)).toMatch(/no longer require this configuration of 1\.1: quay\.yaml: rename/);
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
