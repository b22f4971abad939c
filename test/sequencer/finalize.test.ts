/** Hops that a person finalizes: soak, rest, consent, and what may be done meanwhile. */
import { describe, expect, test } from 'vitest';
import type { OrderBody } from '../../common/orders.ts';
import type { Step } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import { loadPack, type RulePacks } from '../../controller/rules/pack.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { postgresqlProcedure } from '../../engines/postgresql/procedure.ts';
import { schemes } from '../../engines/schemes.ts';
import { builtin } from '../rules/builtin.ts';
import { releaseOf, twinCluster } from '../twins/fleet.ts';
import { actor, planRequest, Stage } from './stage.ts';

const dayMs = 86_400_000;
const text = builtinPacks().find((pack) => pack.name === 'postgresql')?.text ?? '';
const manual: RulePacks = new Map([
  ...builtin,
  ['postgresql', loadPack('manual.yaml', text.replace('    kind: rolling\n', '    kind: rolling\n    finalize: manual\n'), schemes)],
]);

const told: OrderBody = { kind: 'await', condition: 'in-service', member: null, steadyMs: 0, viewpoint: 'self' };
/** null: the engine cannot tell it. */
let load: number | null = 1;

const finalizing: Procedure = {
  ...postgresqlProcedure,
  restMs: 10 * dayMs,
  metrics: (): Readonly<Record<string, number>> => (load === null ? {} : { load }),
  soakBounds: [{ metric: 'load', atMostOfBaseline: 2 }],
  finalize: ({ idPrefix }): readonly Step[] => [
    {
      id: `${idPrefix}.commit`,
      title: 'commit the version',
      executor: { kind: 'instance', instance: 'pg-2' },
      body: told,
      guards: [],
      repeat: 'convergent',
      deadlineMs: 60_000,
      expectedMs: 100,
      healthCheck: null,
    },
  ],
};

async function opened(): Promise<Stage> {
  load = 1;
  const stage = await Stage.open(3, new Map([['postgresql', finalizing]]));
  stage.packs = manual;
  return stage;
}

async function resting(stage: Stage): Promise<string> {
  const run = await stage.started({ toVersion: '16.14' });
  await stage.until(async () => (await stage.state(run)) === 'unfinalized');
  return run;
}

/** Agents tell what a change of the configuration would do. */
function previewing(stage: Stage): void {
  const probe = stage.fleet.probe.bind(stage.fleet);
  const config = {
    file: 'postgresql.conf',
    lines: ['-max_connections = 100', '+max_connections = 300'],
    restartKeys: ['max_connections'],
    problems: [],
    warnings: [],
    fromDigest: `sha256:${'a'.repeat(64)}`,
    toDigest: `sha256:${'b'.repeat(64)}`,
  };
  stage.fleet.probe = async (instance, checks, deadlineMs, more) => ({ ...(await probe(instance, checks, deadlineMs, more)), config });
}

const shown = (stage: Stage, run: string) => stage.controller.runs.getRun(run);
const finalize = async (stage: Stage, run: string) =>
  stage.controller.runs.finalizeRun(run, { digest: (await shown(stage, run)).digest, reason: 'all is well', actor });

describe('14.4: a run that is upgraded and not finalized', () => {
  test('P11 rests until a person finalizes it, and then is done', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    const { state, rest, legalCommands, hops } = await shown(stage, run);
    expect({ state, hops: hops.map((hop) => hop.state) }).toEqual({ state: 'unfinalized', hops: ['unfinalized'] });
    expect(rest?.thing).toBe('finalize 16.14: afterwards 16.4 can no longer run on this data');
    expect(Date.parse(rest?.until ?? '') - Date.parse(rest?.since ?? '')).toBe(10 * dayMs);
    expect(legalCommands).toEqual([`watch ${run}`, `finalize ${run}`, `rollback ${run}`]);
    await finalize(stage, run);
    expect(await stage.end(run)).toBe('done');
    const last = stage.fleet.begun.filter(({ step }) => step.endsWith('.commit'));
    expect(last).toHaveLength(1);
  });

  test('tells everywhere until when it may rest, and what its rollback is worth', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    const { rest } = await shown(stage, run);
    expect(rest?.rollback).toEqual({ until: rest?.until, lost: '16.4 can no longer run on this data, and there is no rollback' });
    const { runs } = await stage.controller.runs.openRuns();
    expect(runs).toMatchObject([{ run, state: 'unfinalized', shown: 'unfinalized', restUntil: rest?.until }]);
    expect(stage.controller.sequencer.rest(twinCluster)).toEqual({ run, untilMs: Date.parse(rest?.until ?? '') });
    expect(stage.controller.sequencer.rest('another')).toBe(null);
    await finalize(stage, run);
    expect(await stage.end(run)).toBe('done');
    expect(stage.controller.sequencer.rest(twinCluster)).toBe(null);
  });

  test('sends nothing and probes nothing while it rests', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    const [orders, events] = [stage.fleet.begun.length, (await stage.events(run)).length];
    await stage.clock.advance(dayMs);
    await stage.controller.sequencer.tick();
    await stage.settle();
    expect(stage.fleet.begun).toHaveLength(orders);
    expect(await stage.events(run)).toHaveLength(events);
  });

  test('P18 rests on under another controller, and is finalized there', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    await stage.restart();
    expect(await stage.state(run)).toBe('unfinalized');
    await finalize(stage, run);
    expect(await stage.end(run)).toBe('done');
  });

  test('is rolled back from its rest, without loss', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    await stage.controller.runs.rollbackRun(run, 'clients complain', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
  });

  test('is not finalized for a plan that the person did not read', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    await expect(stage.controller.runs.finalizeRun(run, { digest: 'sha256:other', reason: '', actor })).rejects.toThrow(
      /is not confirmed: run .* has a plan with digest sha256:.*, not sha256:other/,
    );
    expect(await stage.state(run)).toBe('unfinalized');
  });

  test('leaves its cluster to a restart, and to no other upgrade', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    await expect(stage.started({ toVersion: '16.4', downgrade: true })).rejects.toThrow(
      /pg-main rests unfinalized at 16\.14 in run .*: drydock finalize/,
    );
    const restart = await stage.started({ toVersion: null, restart: true });
    expect(await stage.end(restart)).toBe('done');
    await finalize(stage, run);
    expect(await stage.end(run)).toBe('done');
  });

  test.each(['finalized', 'rolled back'] as const)(
    'P22 leaves its cluster to a change of the configuration, keeps what its rollback needs, and is %s',
    async (ends) => {
      await using stage = await opened();
      const run = await resting(stage);
      previewing(stage);
      const change = await stage.started({ toVersion: null, config: [{ op: 'set', key: 'max_connections', value: '300' }] });
      expect(await stage.end(change)).toBe('done');
      for (const node of stage.fleet.nodesByName.values()) expect(node.installed).toContain(releaseOf('16.4'));
      if (ends === 'finalized') await finalize(stage, run);
      else await stage.controller.runs.rollbackRun(run, 'clients complain', actor);
      expect(await stage.end(run)).toBe(ends === 'finalized' ? 'done' : 'rolled-back');
      expect(stage.versions()).toEqual(Array(3).fill(ends === 'finalized' ? '16.14' : '16.4'));
    },
  );

  test('P11 keeps what its rollback needs from a plan that was made while it still soaked', async () => {
    await using stage = await opened();
    const { plans, runs } = stage.controller;
    previewing(stage);
    const run = await stage.started({ toVersion: '16.14', soakMs: 60_000 });
    await stage.until(async () => (await stage.events(run)).some((event) => event.type === 'step-begun' && event.step.endsWith('.soak')));
    const early = await plans.makePlan({ ...planRequest, toVersion: null, config: [{ op: 'set', key: 'work_mem', value: '64MB' }] }, actor);
    await plans.approvePlan(early.planId, early.digest, actor);
    await stage.until(async () => (await stage.state(run)) === 'unfinalized');
    expect(await stage.end(await runs.startRun(early.planId, actor))).toBe('done');
    for (const node of stage.fleet.nodesByName.values()) expect(node.installed).toContain(releaseOf('16.4'));
  });

  test('P22 leaves its cluster to a restore, and is finalized for what is there then', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    const made = { madeAtMs: 0, expiresAtMs: 1e15, bytes: 1, version: '16.14', verified: 'list', position: '0/3000000' };
    const probe = stage.fleet.probe.bind(stage.fleet);
    stage.fleet.probe = async (instance, checks, deadlineMs, more) => ({
      ...(await probe(instance, checks, deadlineMs, more)),
      snapshots: [{ id: `r-1.${instance}`, run: 'r-1', role: instance === 'pg-1' ? 'primary' : 'standby', ...made }],
    });
    const restore = await stage.started({ toVersion: null, restoreRun: 'r-1', restoreInstance: 'pg-3' });
    expect(await stage.end(restore)).toBe('done');
    await finalize(stage, run);
    expect(await stage.end(run)).toBe('done');
  });

  test('waits for the other run before it is finalized', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    stage.fleet.held = (order) => order.body.kind === 'downtime';
    const restart = await stage.started({ toVersion: null, restart: true });
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    await expect(finalize(stage, run)).rejects.toThrow(new RegExp(`pg-main is already in run ${restart}, which is active`));
    stage.fleet.held = () => false;
    for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
    expect(await stage.end(restart)).toBe('done');
  });

  test('holds instead of finalizing while a node is down', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    stage.fleet.node('pg-3').running = false;
    await finalize(stage, run);
    await stage.holding(run, 'node-down');
    expect(stage.fleet.begun.filter(({ step }) => step.endsWith('.commit'))).toEqual([]);
    stage.fleet.node('pg-3').running = true;
    expect(await stage.end(run)).toBe('done');
  });

  test('asks again when what was agreed to could not begin in time, and rests once more', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    stage.fleet.node('pg-3').running = false;
    await finalize(stage, run);
    await stage.holding(run, 'node-down');
    await stage.clock.advance(3600_000);
    await stage.until(async () => (await stage.events(run)).some(({ type }) => type === 'consent-expired'));
    stage.fleet.node('pg-3').running = true;
    await stage.until(async () => (await stage.state(run)) === 'unfinalized');
    expect(stage.fleet.begun.filter(({ step }) => step.endsWith('.commit'))).toEqual([]);
    await finalize(stage, run);
    expect(await stage.end(run)).toBe('done');
  });

  test('rests for as long as its plan was asked to', async () => {
    await using stage = await opened();
    const run = await stage.started({ toVersion: '16.14', finalizeWithinMs: dayMs });
    await stage.until(async () => (await stage.state(run)) === 'unfinalized');
    const { rest } = await shown(stage, run);
    expect(Date.parse(rest?.until ?? '') - Date.parse(rest?.since ?? '')).toBe(dayMs);
  });

  test('reminds of its deadline, and holds once it has passed', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    for (let day = 0; day < 11; day++) {
      await stage.clock.advance(dayMs);
      await stage.controller.sequencer.tick();
      await stage.settle();
    }
    const reminders = (await stage.events(run)).flatMap((event) => (event.type === 'reminded' ? [Math.round(event.leftMs / dayMs)] : []));
    expect(reminders).toEqual([5, 2, 1, 0]);
    const { holds, state } = await shown(stage, run);
    expect({ state, holds: holds.map(({ kind, commands }) => ({ kind, commands })) }).toEqual({
      state: 'unfinalized',
      holds: [{ kind: 'finalize-overdue', commands: [`finalize ${run}`, `rollback ${run}`] }],
    });
    await finalize(stage, run);
    expect(await stage.end(run)).toBe('done');
  });

  test('is finalized after its soak by the approval of its plan, where that says so', async () => {
    await using stage = await opened();
    const run = await stage.started({ toVersion: '16.14', soakMs: 60_000, finalize: 'auto' });
    expect(await stage.end(run)).toBe('done');
    const told = (await stage.events(run)).map((event) =>
      event.type === 'step-settled' || event.type === 'order-dispatched' ? event.step : event.type,
    );
    expect(told).not.toContain('rested');
    expect(told.indexOf('h1.finalize.pg-main.commit')).toBeGreaterThan(told.indexOf('h1.soak.pg-main.soak'));
  });

  test('P11 has no rollback once its finalization has begun', async () => {
    await using stage = await opened();
    const run = await resting(stage);
    stage.fleet.held = (order) => order.step.endsWith('.commit');
    await finalize(stage, run);
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    await expect(stage.controller.runs.rollbackRun(run, 'too late', actor)).rejects.toThrow(/the finalization of 16\.14 has begun/);
    stage.fleet.held = () => false;
    for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
    expect(await stage.end(run)).toBe('done');
  });
});

describe('14.3: a soak', () => {
  const soaking = async (stage: Stage, soakMs: number): Promise<string> => {
    const run = await stage.started({ toVersion: '16.14', soakMs });
    await stage.until(async () => (await stage.events(run)).some((event) => event.type === 'step-begun' && event.step.endsWith('.soak')));
    return run;
  };
  const goOn = async (stage: Stage, ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += 5_000) {
      await stage.clock.advance(5_000);
      await stage.controller.sequencer.tick();
      await stage.settle();
    }
  };
  const isOver = async (stage: Stage, run: string) => (await stage.state(run)) === 'unfinalized';

  test('lasts as long as the plan says, for a few probes a minute', async () => {
    await using stage = await opened();
    const run = await soaking(stage, 3600_000);
    await goOn(stage, 60_000);
    const before = stage.fleet.probes;
    await goOn(stage, 600_000);
    expect((stage.fleet.probes - before) / 3).toBeLessThan(50);
    await goOn(stage, 2_800_000);
    expect(await isOver(stage, run)).toBe(false);
    await goOn(stage, 300_000);
    expect(await isOver(stage, run)).toBe(true);
  });

  test('one failed probe does not reset it, a node that stays away holds it', async () => {
    await using stage = await opened();
    const run = await soaking(stage, 600_000);
    await goOn(stage, 300_000);
    stage.fleet.node('pg-3').inService = false;
    await goOn(stage, 20_000);
    stage.fleet.node('pg-3').inService = true;
    await goOn(stage, 60_000);
    const states = async () => (await stage.events(run)).flatMap((event) => (event.type === 'step-observed' ? [event.soak.state] : []));
    expect(await states()).not.toContain('breached');
    stage.fleet.node('pg-3').inService = false;
    await goOn(stage, 120_000);
    expect(await states()).toContain('breached');
    expect((await shown(stage, run)).holds.map(({ kind }) => kind)).toContain('soak-breached');
    stage.fleet.node('pg-3').inService = true;
    await goOn(stage, 700_000);
    expect(await isOver(stage, run)).toBe(true);
  });

  test('P11 that is breached keeps nobody from the rollback', async () => {
    await using stage = await opened();
    const run = await soaking(stage, 600_000);
    load = 3;
    await goOn(stage, 120_000);
    expect((await shown(stage, run)).holds.map(({ kind }) => kind)).toEqual(['soak-breached']);
    await stage.controller.runs.rollbackRun(run, 'too slow', actor);
    expect(await stage.end(run)).toBe('rolled-back');
  });

  test('compares metrics with those of before the hop', async () => {
    await using stage = await opened();
    const run = await soaking(stage, 600_000);
    load = 3;
    await goOn(stage, 120_000);
    const [hold] = (await shown(stage, run)).holds;
    expect(hold).toMatchObject({
      kind: 'soak-breached',
      detail: 'load is 3, before the hop it was 1; at most 2 times as much is expected',
    });
    load = 1;
    await goOn(stage, 800_000);
    expect(await isOver(stage, run)).toBe(true);
  });

  test('P9 finds nothing well that it does not know, nor that was not known before the hop', async () => {
    await using stage = await opened();
    load = null;
    const run = await soaking(stage, 600_000);
    await goOn(stage, 120_000);
    const details = async () => (await shown(stage, run)).holds.map(({ kind, detail }) => `${kind}: ${detail}`);
    expect(await details()).toEqual(['soak-breached: load is unknown']);
    load = 1;
    await goOn(stage, 120_000);
    expect(await details()).toEqual(['soak-breached: load is unknown']);
    expect((await stage.events(run)).findLast((event) => event.type === 'step-observed')).toMatchObject({ soak: { state: 'breached' } });
    await goOn(stage, 800_000);
    expect(await isOver(stage, run)).toBe(false);
    await stage.controller.runs.rollbackRun(run, 'nobody knows', actor);
    expect(await stage.end(run)).toBe('rolled-back');
  });

  test('P18 goes on under another controller from what the log was told', async () => {
    await using stage = await opened();
    const run = await soaking(stage, 1200_000);
    await goOn(stage, 660_000);
    await stage.restart();
    await goOn(stage, 480_000);
    expect(await isOver(stage, run)).toBe(false);
    await goOn(stage, 240_000);
    expect(await isOver(stage, run)).toBe(true);
  });
});
