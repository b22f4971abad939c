/** Orders to a whole cluster: who carries them out, who goes on when that one is gone, and what is restored by whom. */
import { expect, test } from 'vitest';
import { jobOf } from '../../common/closed-list.ts';
import type { Order, OrderBody } from '../../common/orders.ts';
import type { Executor, Step } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { HopStepsInput } from '../../common/shape-forms.ts';
import { postgresqlProcedure as postgresql } from '../../engines/postgresql/procedure.ts';
import { twinJobs } from '../twins/driver.ts';
import { actor, Stage } from './stage.ts';

const key = 'synchronous-standby-names';
const value = 'ANY 1 (*)';
const executor: Executor = { kind: 'capable', capability: 'sql-admin', preferRole: 'standby' };

function stepOf(id: string, body: OrderBody, more: Partial<Step> = {}): Step {
  return {
    id,
    title: id,
    executor,
    body,
    guards: [],
    repeat: 'convergent',
    deadlineMs: 60_000,
    expectedMs: 100,
    healthCheck: null,
    ...more,
  };
}

const pause: OrderBody = { kind: 'await', condition: 'in-service', member: null, steadyMs: 0, viewpoint: 'self' };
const onPrimary: Partial<Step> = { executor: { kind: 'instance', instance: 'pg-1' } };

/** Set for the whole cluster before the hop, and restored after a pause. */
function setting(scope: 'cluster' | 'node', more: Partial<Step> = {}, reached?: NonNullable<Procedure['reached']>): Procedure {
  return {
    ...postgresql,
    ...(reached === undefined ? {} : { reached }),
    prepare: ({ idPrefix }: HopStepsInput) => ({
      steps: [
        stepOf(`${idPrefix}.set`, { kind: 'set', scope, key, value }, more),
        stepOf(`${idPrefix}.pause`, pause, onPrimary),
        stepOf(`${idPrefix}.unset`, { kind: 'unset', scope, key, effect: null }),
      ],
      undo: [stepOf(`${idPrefix}.undo.unset`, { kind: 'unset', scope, key, effect: null })],
      risks: [],
    }),
  };
}

const stageWith = (procedure: Procedure): Promise<Stage> => Stage.open(3, new Map([['postgresql', procedure]]));
const isSet = ({ step }: Order) => step.endsWith('.set');
const isPause = ({ step }: Order) => step.endsWith('.pause');
const isUnset = ({ step }: Order) => step.endsWith('.unset');

/** `set pg-2`, in the order of the log. */
async function chosen(stage: Stage, run: string): Promise<readonly string[]> {
  const events = await stage.events(run);
  return events.flatMap((event) => (event.type === 'executor-chosen' ? [`${event.step.split('.').at(-1)} ${event.instance}`] : []));
}

async function effectEvents(stage: Stage, run: string): Promise<readonly string[]> {
  return (await stage.events(run)).flatMap((event) =>
    event.type === 'effect-opened' || event.type === 'effect-closed' ? [`${event.type} ${event.instance}`] : [],
  );
}

async function passes(stage: Stage, forMs: number): Promise<void> {
  const atMs = stage.clock.monotonicMs() + forMs;
  await stage.until(() => stage.clock.monotonicMs() >= atMs);
}

function letGo(stage: Stage): void {
  stage.fleet.held = () => false;
  for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
}

test('the executor is who can, of the preferred role, of the lowest name; the choice is in the log', async () => {
  await using stage = await stageWith(setting('cluster'));
  stage.fleet.incapable.add('pg-2');
  const run = await stage.started();
  expect(await stage.end(run)).toBe('done');
  expect(await chosen(stage, run)).toEqual(['set pg-3', 'unset pg-3']);
  expect(await effectEvents(stage, run)).toEqual(['effect-opened pg-3', 'effect-closed pg-3']);
  expect(stage.fleet.clusterSetting).toBeNull();
});

test('another role stands in where none of the preferred one can', async () => {
  await using stage = await stageWith(setting('cluster'));
  for (const standby of ['pg-2', 'pg-3']) stage.fleet.incapable.add(standby);
  const run = await stage.started();
  expect(await stage.end(run)).toBe('done');
  expect(await chosen(stage, run)).toEqual(['set pg-1', 'unset pg-1']);
});

test('P19 what one member set for the whole cluster is restored by another when that one is gone', async () => {
  await using stage = await stageWith(setting('cluster'));
  stage.fleet.held = isPause;
  const run = await stage.started();
  await stage.until(() => stage.fleet.heldOrders().length === 1);
  expect(stage.fleet.clusterSetting).toBe(value);
  stage.fleet.unlink('pg-2');
  letGo(stage);
  await stage.until(() => stage.fleet.clusterSetting === null);
  stage.fleet.link('pg-2');
  expect(await stage.end(run)).toBe('done');
  expect(await chosen(stage, run)).toEqual(['set pg-2', 'unset pg-3']);
  expect(await effectEvents(stage, run)).toEqual(['effect-opened pg-2', 'effect-closed pg-3']);
});

test.each([
  ['aborted', 'abortRun'],
  ['rolled-back', 'rollbackRun'],
] as const)('P19 a run that is %s ends only when what its chosen executor set is restored', async (state, say) => {
  for (const scope of ['cluster', 'node'] as const) {
    await using stage = await stageWith(setting(scope));
    const before = stage.fleet.node('pg-2').syncNames;
    stage.fleet.held = isPause;
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    await stage.controller.runs[say](run, 'enough', actor);
    letGo(stage);
    expect(await stage.end(run)).toBe(state);
    expect(await effectEvents(stage, run), scope).toEqual(['effect-opened pg-2', 'effect-closed pg-2']);
    expect([stage.fleet.clusterSetting, stage.fleet.node('pg-2').syncNames]).toEqual([null, before]);
  }
});

test('P19 a setting of the one member that was chosen is restored at that member, whoever would be chosen now', async () => {
  await using stage = await stageWith(setting('node'));
  const before = stage.fleet.node('pg-2').syncNames;
  stage.fleet.held = isPause;
  const run = await stage.started();
  await stage.until(() => stage.fleet.heldOrders().length === 1);
  stage.fleet.incapable.add('pg-2');
  letGo(stage);
  expect(await stage.end(run)).toBe('done');
  expect(stage.fleet.begun.filter(isUnset).map(({ target }) => target.instance)).toEqual(['pg-2']);
  expect(stage.fleet.node('pg-2').syncNames).toBe(before);
});

test('attempts of a step stay with their executor as long as it is there', async () => {
  await using stage = await stageWith(setting('cluster'));
  stage.fleet.mishap = (order) => (isSet(order) ? 'fails' : null);
  const run = await stage.started();
  await stage.holding(run, 'order-failed');
  stage.fleet.incapable.add('pg-2');
  stage.fleet.mishap = () => null;
  await stage.controller.runs.retryStep(run, stage.fleet.begun.findLast(isSet)?.step ?? '', actor);
  expect(await stage.end(run)).toBe('done');
  expect(stage.fleet.begun.filter(isSet).map(({ target }) => target.instance)).toEqual(['pg-2', 'pg-2']);
  expect(await chosen(stage, run)).toEqual(['set pg-2', 'unset pg-3']);
});

test('P3 a convergent order moves once its executor is lost and the members show that what it asks for is not so; a late answer counts for its effects', async () => {
  let shown: boolean | null = null;
  await using stage = await stageWith(setting('cluster', {}, () => shown));
  stage.fleet.held = (order) => isSet(order) && order.target.instance === 'pg-2';
  const run = await stage.started();
  await stage.until(() => stage.fleet.heldOrders().length === 1);
  stage.fleet.unlink('pg-2');
  await stage.holding(run, 'agent-lost');
  for (const known of [null, true]) {
    shown = known;
    await passes(stage, 30_000);
    expect(stage.fleet.begun.filter(isSet)).toHaveLength(1);
  }
  shown = false;
  await stage.until(() => stage.fleet.begun.filter(isSet).length === 2);
  expect(await chosen(stage, run)).toContain('set pg-3');
  // It had the order in its journal and carries it out late.
  letGo(stage);
  stage.fleet.link('pg-2');
  expect(await stage.end(run)).toBe('done');
  expect(stage.fleet.clusterSetting).toBeNull();
  expect(stage.fleet.begun.filter(isSet).map(({ target, attempt }) => `${target.instance} ${attempt}`)).toEqual(['pg-2 1', 'pg-3 2']);
});

test('P18 an order that may be done only once never moves: the run holds until its executor is back', async () => {
  await using stage = await stageWith(setting('cluster', { repeat: 'once' }, () => false));
  stage.fleet.held = isSet;
  const run = await stage.started();
  await stage.until(() => stage.fleet.heldOrders().length === 1);
  stage.fleet.unlink('pg-2');
  await stage.holding(run, 'executor-lost');
  await passes(stage, 60_000);
  expect(await chosen(stage, run)).toEqual(['set pg-2']);
  letGo(stage);
  stage.fleet.link('pg-2');
  expect(await stage.end(run)).toBe('done');
  expect(stage.fleet.begun.filter(isSet)).toHaveLength(1);
});

const rewriting = (more: Partial<Step> = {}): Procedure => ({
  ...postgresql,
  prepare: ({ idPrefix }: HopStepsInput) => ({
    steps: [stepOf(`${idPrefix}.job`, jobOf(twinJobs, 'rewrite', { tables: 9 }), more)],
    undo: [],
    risks: [],
  }),
});
const isJob = ({ body }: Order) => body.kind === 'job';

test('P18 a job that was cut short goes on from what it had come to, also when an attempt between was refused', async () => {
  await using stage = await stageWith(rewriting());
  const mishaps = ['fails', 'refused', null] as const;
  stage.fleet.mishap = (order) => (isJob(order) ? (mishaps[order.attempt - 1] ?? null) : null);
  stage.fleet.jobCursor = '4';
  const run = await stage.started();
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    await stage.until(async () => (await stage.controller.runs.getRun(run)).holds.length > 0);
    await stage.controller.runs.retryStep(run, stage.fleet.begun.findLast(isJob)?.step ?? '', actor);
    await stage.until(() => stage.fleet.begun.filter(isJob).length > attempt);
  }
  expect(await stage.end(run)).toBe('done');
  expect(stage.fleet.begun.filter(isJob).map(({ body }) => (body.kind === 'job' ? body.cursor : ''))).toEqual([null, '4', '4']);
});

test.each(['convergent', 'once'] as const)(
  'an abort ends a job that is repeated, and waits for one that may be done only once: %s',
  async (repeat) => {
    await using stage = await stageWith(rewriting({ repeat }));
    stage.fleet.held = isJob;
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    await stage.controller.runs.abortRun(run, 'enough', actor);
    await passes(stage, 30_000);
    expect(await stage.state(run)).toBe(repeat === 'convergent' ? 'aborted' : 'active');
    letGo(stage);
    expect(await stage.end(run)).toBe('aborted');
  },
);
