/** Runs that restore snapshots: what a node is before its turn raises no hold, and what it is afterwards counts as ever. */
import { describe, expect, test } from 'vitest';
import { resolveCommands } from '../../common/commands.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { levelPath } from '../../controller/planner/goals.ts';
import { changedFacts } from '../../controller/planner/path-drift.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { type DecisionInput, eligibleNow } from '../../controller/sequencer/decide/decision-input.ts';
import { desiredHolds } from '../../controller/sequencer/decide/holds.ts';
import { down } from '../engines/postgresql-fixtures.ts';
import { inputFor, planOf, withFacts } from '../planner/input.ts';
import { releaseOf } from '../twins/fleet.ts';
import { actor, planRequest, Stage } from './stage.ts';
import { startedRun } from './started-run.ts';

const names = ['pg-1', 'pg-2', 'pg-3'];

async function restoreInput(instance: string | null): Promise<PlanInput> {
  const input = await inputFor(3);
  const goal = { kind: 'restore', run: 'r-1', instance } as const;
  const made = { madeAtMs: 0, expiresAtMs: 1e15, bytes: 1, version: '16.4', verified: 'list', position: '0/3000000' };
  return names.reduce<PlanInput>(
    (each, name) =>
      withFacts(each, name, (facts) => ({
        ...facts,
        snapshots: [{ id: `r-1.${name}`, run: 'r-1', role: facts.role ?? '', ...made }],
        restoreNeeds: [],
      })),
    { ...input, path: levelPath('postgresql', '16.4', input.path.pack), limits: [], goal },
  );
}

const kinds = (decisionInput: DecisionInput) => desiredHolds(decisionInput).map(({ kind, subject }) => `${kind} ${subject}`);

describe('a node that is to be restored', () => {
  test('holds nobody while it is down', async () => {
    const input = withFacts(await restoreInput('pg-2'), 'pg-2', down);
    const now = startedRun(input);
    expect(kinds(now)).toEqual([]);
    expect(eligibleNow(now, ['pg-2'], 'upgrade')).toEqual(['pg-2']);
  });

  test('holds like any other when the run goes back or is aborted (P17)', async () => {
    const input = withFacts(await restoreInput('pg-2'), 'pg-2', down);
    expect(kinds(startedRun(input, [{ type: 'rollback-started', actor: 'a', reason: '' }]))).toEqual(['node-down pg-2']);
    expect(kinds(startedRun(input, [{ type: 'abort-started', actor: 'a', reason: '' }]))).toEqual(['node-down pg-2']);
  });

  test('waits for the others: one that is down meanwhile holds (P1)', async () => {
    const input = withFacts(await restoreInput('pg-2'), 'pg-2', down);
    expect(kinds(startedRun(input, [], { view: withFacts(input, 'pg-3', down).view }))).toEqual(['node-down pg-3']);
  });

  test('alone is not begun with while nobody leads who could give it what was written since (P17)', async () => {
    const input = await restoreInput('pg-2');
    const headless = startedRun(input, [], { view: withFacts(input, 'pg-1', down).view });
    expect(eligibleNow(headless, ['pg-2'], 'upgrade')).toEqual([]);
    expect(kinds(headless)).toEqual(['node-down pg-1']);
  });
});

test('a whole cluster that is down goes as it was planned, who led first', async () => {
  const input = names.reduce((each, name) => withFacts(each, name, down), await restoreInput(null));
  const now = startedRun(input);
  expect(kinds(now)).toEqual([]);
  expect(eligibleNow(now, names, 'downgrade')).toEqual(['pg-1']);
});

describe('a restore on a fleet', () => {
  function withSnapshots(stage: Stage, runs = ['r-1']): void {
    const made = { madeAtMs: 0, expiresAtMs: 1e15, bytes: 1, version: '16.4', verified: 'list', position: '0/3000000' };
    const probe = stage.fleet.probe.bind(stage.fleet);
    stage.fleet.probe = async (instance, checks, deadlineMs, more) => ({
      ...(await probe(instance, checks, deadlineMs, more)),
      snapshots: runs.map((run) => ({ id: `${run}.${instance}`, run, role: instance === 'pg-1' ? 'primary' : 'standby', ...made })),
    });
  }
  const restore = { toVersion: null, restoreRun: 'r-1' };

  /** Two upgrades, each with its snapshots; their runs. */
  async function upgradedTwice(stage: Stage): Promise<readonly [string, string]> {
    const runs: string[] = [];
    withSnapshots(stage, runs);
    for (const toVersion of ['16.13', '16.14']) {
      const run = await stage.started({ toVersion, snapshot: 'list' });
      runs.push(run);
      expect(await stage.end(run)).toBe('done');
    }
    const [first = '', second = ''] = runs;
    return [first, second];
  }

  test('leaves each member at its own minor where an upgrade was aborted (P15)', async () => {
    await using stage = await Stage.open();
    withSnapshots(stage);
    Object.assign(stage.fleet.node('pg-3'), { version: '16.14', release: releaseOf('16.14'), installed: [releaseOf('16.14')] });
    for (const restoreInstance of ['pg-3', 'pg-2', null])
      expect(await stage.end(await stage.started({ ...restore, restoreInstance }))).toBe('done');
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.14']);
    expect(stage.fleet.downtimes).toEqual(['pg-3', 'pg-2', 'pg-1', 'pg-2', 'pg-3']);
  });

  test('that does not fit any more is refused with the command that plans the restore again', async () => {
    await using stage = await Stage.open();
    withSnapshots(stage);
    const { plans, runs } = stage.controller;
    const { planId, digest } = await plans.makePlan({ ...planRequest, ...restore, restoreInstance: 'pg-3' }, 'a');
    await plans.approvePlan(planId, digest, 'a');
    expect((await runs.openRuns()).runs).toMatchObject([{ what: 'restore r-1 on pg-3' }]);
    stage.fleet.node('pg-3').profileDigest = 'sha256:11';
    await expect(runs.startRun(planId, 'a')).rejects.toThrow(/plan again: drydock restore r-1 --node pg-3$/);
  });

  test('of a node that there is not names those that there are', async () => {
    await using stage = await Stage.open();
    withSnapshots(stage);
    await expect(stage.controller.plans.makePlan({ ...planRequest, ...restore, restoreInstance: 'nope' }, 'a')).rejects.toMatchObject({
      failure: { class: 'not-found', code: 'unknown-instance', message: 'pg-main has no node nope; its nodes are: pg-1, pg-2, pg-3' },
    });
  });

  test('begins with one that is down, and with a whole cluster that is (P17)', async () => {
    await using stage = await Stage.open();
    withSnapshots(stage);
    stage.fleet.node('pg-2').running = false;
    expect(await stage.end(await stage.started({ ...restore, restoreInstance: 'pg-2' }))).toBe('done');
    for (const name of names) stage.fleet.node(name).running = false;
    expect(await stage.end(await stage.started({ ...restore, restoreInstance: null }))).toBe('done');
    expect(stage.fleet.breaches).toEqual([]);
  });

  test('P11 tells in its report what was restored, where the rest went, and what was lost by it', async () => {
    await using stage = await Stage.open();
    withSnapshots(stage);
    const run = await stage.started({ ...restore, restoreInstance: null });
    expect((await stage.controller.runs.getReport(run)).restored).toEqual([]);
    expect(await stage.end(run)).toBe('done');
    const { restored } = await stage.controller.runs.getReport(run);
    expect(restored.filter((sentence) => sentence.endsWith('the replaced data is kept beside its data directory'))).toHaveLength(
      names.length,
    );
    expect(restored.filter((sentence) => sentence.startsWith('lost for good: every write to '))).toHaveLength(1);
  });

  test('P11 whose proof fails afterwards holds, is never said to be rolled back, and offers only what is taken (P15, P17, P19)', async () => {
    await using stage = await Stage.open();
    withSnapshots(stage);
    stage.fleet.node('pg-1').syncNames = 'pg-2';
    stage.fleet.mishap = (order) => (order.step.endsWith('.settle') ? 'times-out' : null);
    const run = await stage.started({ ...restore, restoreInstance: 'pg-2' });
    await stage.holding(run, 'health-check-failed');
    await stage.until(() => stage.fleet.node('pg-1').syncNames === 'pg-2');
    const { runs } = stage.controller;
    const { state, holds, legalCommands, meaning } = await runs.getRun(run);
    const settle = 'h1.canary.pg-2.standby.settle';
    expect({ state, commands: holds[0]?.commands }).toEqual({
      state: 'active',
      commands: [`retry ${run} ${settle}`, ...resolveCommands(run, settle), `abort ${run}`],
    });
    expect([...legalCommands, holds[0]?.until].join()).not.toContain('roll');
    expect(meaning).toContain('pg-2 is in the middle of a turn');
    const lossy = { failure: { code: 'rollback-lossy', message: expect.stringContaining('beside its data directory') } };
    await expect(runs.rollbackRun(run, '', actor)).rejects.toMatchObject(lossy);
    expect((await stage.events(run)).filter(({ type }) => type === 'rollback-started')).toEqual([]);
    stage.fleet.mishap = () => null;
    await runs.retryStep(run, settle, actor);
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.downtimes).toEqual(['pg-2']);
    expect(stage.fleet.node('pg-1').syncNames).toBe('pg-2');
  });

  test('P11 whose downtime was restored by its agent holds, and may be made again', async () => {
    await using stage = await Stage.open();
    withSnapshots(stage);
    stage.fleet.mishap = (order) => (order.body.kind === 'downtime' ? 'fails-and-reverts' : null);
    const run = await stage.started({ ...restore, restoreInstance: 'pg-2' });
    await stage.holding(run, 'order-failed');
    const [hold] = (await stage.controller.runs.getRun(run)).holds;
    const downtime = 'h1.canary.pg-2.standby.downtime';
    expect(hold?.commands).toEqual([`retry ${run} ${downtime}`, ...resolveCommands(run, downtime), `abort ${run}`]);
    stage.fleet.mishap = () => null;
    await stage.controller.runs.retryStep(run, downtime, actor);
    expect(await stage.end(run)).toBe('done');
  });

  test('of one node alone is refused where the cluster was restored behind its snapshot, when it is planned and when it is started (P7)', async () => {
    await using stage = await Stage.open();
    const [first, second] = await upgradedTwice(stage);
    const { plans, runs } = stage.controller;
    const node = { ...planRequest, toVersion: null, restoreInstance: 'pg-3' };
    const early = await plans.makePlan({ ...node, restoreRun: second }, actor);
    await plans.approvePlan(early.planId, early.digest, actor);
    const back = await stage.started({ toVersion: null, restoreRun: first, restoreInstance: null });
    expect(await stage.end(back)).toBe('done');
    const parted = {
      failure: { class: 'refused', code: 'other-history', message: expect.stringContaining(`${back} restored pg-main to the snapshots`) },
    };
    await expect(runs.startRun(early.planId, actor)).rejects.toMatchObject(parted);
    await expect(plans.makePlan({ ...node, restoreRun: second }, actor)).rejects.toMatchObject(parted);
    expect(await stage.end(await stage.started({ toVersion: null, restoreRun: first, restoreInstance: 'pg-3' }))).toBe('done');
  });

  test('of one node alone is made though a restore of the cluster was given up before it took anything back', async () => {
    await using stage = await Stage.open();
    const [first, second] = await upgradedTwice(stage);
    stage.fleet.mishap = (order) => (order.body.kind === 'downtime' ? 'refused' : null);
    const cluster = await stage.started({ toVersion: null, restoreRun: first, restoreInstance: null });
    await stage.holding(cluster, 'order-failed');
    await stage.controller.runs.abortRun(cluster, 'second thoughts', actor);
    expect(await stage.end(cluster)).toBe('aborted');
    stage.fleet.mishap = () => null;
    expect(await stage.end(await stage.started({ toVersion: null, restoreRun: second, restoreInstance: 'pg-3' }))).toBe('done');
  });
});

describe('an approved restore still fits', () => {
  const changes = async (change: (facts: NodeFacts) => NodeFacts, instance = 'pg-2') => {
    const input = await restoreInput('pg-2');
    return changedFacts(planOf(input), withFacts(input, instance, change).view);
  };

  test('when the database that it restores went down since, and not when another one did', async () => {
    expect(await changes((facts) => ({ ...down(facts), databaseId: null, memberId: null }))).toEqual([]);
    expect(await changes(down, 'pg-3')).toEqual(['pg-3: its running version was 16.4, is unknown']);
  });

  test('P7 not when the role moved: the snapshot would come up in the one of then', async () => {
    expect(await changes((facts) => ({ ...facts, role: 'primary' }))).toEqual(['pg-2: its role was standby, is primary']);
  });
});
