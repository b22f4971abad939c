/** Plans of several hops, and what concerns the cluster as a whole in each. */
import { describe, expect, test } from 'vitest';
import { excludeCommand } from '../../common/commands.ts';
import type { Order, OrderBody } from '../../common/orders.ts';
import type { Step } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { HopStepsInput } from '../../common/shape-forms.ts';
import { loadPack, type RulePacks } from '../../controller/rules/pack.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { postgresqlProcedure } from '../../engines/postgresql/procedure.ts';
import { schemes } from '../../engines/schemes.ts';
import { builtin } from '../rules/builtin.ts';
import { actor, planRequest, Stage } from './stage.ts';

const text = builtinPacks().find((pack) => pack.name === 'postgresql')?.text ?? '';

/** 16.4 reaches 16.14 over 16.13 only, and each hop is finalized as it is said here. */
function rules(finalize: 'none' | 'automatic'): RulePacks {
  const changed = text
    .replace('refusals:', 'refusals:\n  - { id: over-16-13, from: 16.4, to: 16.14, reason: too far, instead: 16.13, source: a test }')
    .replace('    kind: rolling\n', `    kind: rolling\n    finalize: ${finalize}\n`);
  return new Map([...builtin, ['postgresql', loadPack('hops.yaml', changed, schemes)]]);
}

const stepOf = (instance: string, id: string, body: OrderBody): Step => ({
  id,
  title: id,
  executor: { kind: 'instance', instance },
  body,
  guards: [],
  repeat: 'convergent',
  deadlineMs: 60_000,
  expectedMs: 100,
  healthCheck: null,
});

const key = 'synchronous-standby-names';
const reported = 'ANY 1 (*)';
const settled: OrderBody = { kind: 'await', condition: 'in-service', member: null, steadyMs: 0, viewpoint: 'self' };

/** Tells the cluster something before a hop, and awaits what it does automatically after it. */
const settling: Procedure = {
  ...postgresqlProcedure,
  prepare: ({ idPrefix }: HopStepsInput) => ({
    steps: [stepOf('pg-1', `${idPrefix}.tell`, { kind: 'set', scope: 'node', key, value: reported })],
    undo: [stepOf('pg-1', `${idPrefix}.undo.tell`, { kind: 'unset', scope: 'node', key, effect: null })],
    risks: ['for the time of the hop the cluster knows of it'],
  }),
  finalize: ({ idPrefix }: HopStepsInput) => [
    stepOf('pg-2', `${idPrefix}.settled`, settled),
    stepOf('pg-1', `${idPrefix}.told`, { kind: 'unset', scope: 'node', key, effect: null }),
  ],
};

async function stageWith(finalize: 'none' | 'automatic'): Promise<Stage> {
  const stage = await Stage.open(3, finalize === 'none' ? undefined : new Map([['postgresql', settling]]));
  stage.packs = rules(finalize);
  return stage;
}

const hopStates = async (stage: Stage, run: string) =>
  (await stage.events(run)).flatMap((event) => (event.type === 'hop-state' ? [`${event.hop} ${event.state}`] : []));
const isDowntimeIn = (hop: string, node: string) => (order: Order) => order.step.startsWith(`${hop}.`) && order.step.includes(`.${node}.`);

describe('two hops in one plan', () => {
  test('P10 the second begins when the first is over, and each proves what it leads to', async () => {
    await using stage = await stageWith('none');
    const run = await stage.started();
    expect(await stage.end(run)).toBe('done');
    expect(stage.versions()).toEqual(['16.14', '16.14', '16.14']);
    const downtimes = stage.fleet.begun.flatMap(({ body }) => (body.kind === 'downtime' ? [body.expectVersion] : []));
    expect(downtimes).toEqual(['16.13', '16.13', '16.13', '16.14', '16.14', '16.14']);
    expect(await hopStates(stage, run)).toEqual(['h1 rolling', 'h1 finalized', 'h2 rolling', 'h2 finalized']);
  });

  test('P11 the canary of the second is rolled back automatically, to where the first one ended', async () => {
    await using stage = await stageWith('none');
    stage.fleet.mishap = (order) => (order.body.kind === 'downtime' && isDowntimeIn('h2', 'pg-2')(order) ? 'fails-and-reverts' : null);
    const run = await stage.started();
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.versions()).toEqual(['16.13', '16.13', '16.13']);
    expect((await stage.controller.runs.getRun(run)).endReason).toMatch(
      /every node runs 16\.13, its version before this hop, and is in service$/,
    );
  });

  test('P18 a controller that dies between the hops goes on with the second', async () => {
    await using stage = await stageWith('none');
    const run = await stage.started();
    await stage.until(async () => (await hopStates(stage, run)).includes('h1 finalized'));
    await stage.restart();
    expect(await stage.end(run)).toBe('done');
  });
});

describe('a plan that is approved hop by hop', () => {
  test('P17 holds before the second hop until somebody approves it, and nothing was touched meanwhile', async () => {
    await using stage = await stageWith('none');
    const run = await stage.started({ approval: 'hop' });
    await stage.holding(run, 'awaiting-approval');
    const { holds, legalCommands } = await stage.controller.runs.getRun(run);
    const { planId } = (await stage.controller.store.run(run)) ?? { planId: '' };
    expect(holds).toMatchObject([{ subject: 'h2', releasedBy: 'person', commands: [`approve ${planId}`, `abort ${run}`] }]);
    expect(legalCommands).toContain(`approve ${planId}`);
    expect(stage.versions()).toEqual(['16.13', '16.13', '16.13']);
    await stage.restart();
    const record = await stage.controller.store.plan(planId);
    await stage.controller.plans.approvePlan(planId, record?.digest ?? '', actor);
    expect(await stage.end(run)).toBe('done');
  });

  test('ends where the first hop left it when it is aborted there', async () => {
    await using stage = await stageWith('none');
    const run = await stage.started({ approval: 'hop' });
    await stage.holding(run, 'awaiting-approval');
    await stage.controller.runs.abortRun(run, 'far enough', actor);
    expect(await stage.end(run)).toBe('aborted');
    expect(stage.versions()).toEqual(['16.13', '16.13', '16.13']);
  });

  test('says nothing of hops where there is only one', async () => {
    await using stage = await Stage.open();
    const { planId } = await stage.controller.plans.makePlan({ ...planRequest, approval: 'hop' }, actor);
    expect((await stage.controller.store.plan(planId))?.plan.approval).toBeUndefined();
  });
});

describe('a hop that the database finalizes automatically', () => {
  test('P10 P19 is prepared, rolled and awaited, and nothing that was set for it is left', async () => {
    await using stage = await stageWith('automatic');
    const run = await stage.started();
    expect(await stage.end(run)).toBe('done');
    const states = ['rolling', 'unfinalized', 'finalizing', 'finalized'];
    expect(await hopStates(stage, run)).toEqual(['h1', 'h2'].flatMap((hop) => states.map((state) => `${hop} ${state}`)));
    const kinds = stage.fleet.begun.filter(({ step }) => /^h1\.(prepare|canary|finalize)/.test(step)).map(({ body }) => body.kind);
    expect([kinds[0], kinds.at(-2), kinds.at(-1)]).toEqual(['set', 'await', 'unset']);
    expect(stage.fleet.node('pg-1').syncNames).toBe('');
  });

  test('P11 P19 is rolled back before its last node, and what the cluster was told is rolled back after it', async () => {
    await using stage = await stageWith('automatic');
    stage.fleet.mishap = (order) => (order.body.kind === 'downtime' && isDowntimeIn('h1', 'pg-3')(order) ? 'fails-and-reverts' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    expect(stage.fleet.node('pg-1').syncNames).toBe(reported);
    await stage.controller.runs.rollbackRun(run, 'enough', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
    expect(stage.fleet.node('pg-1').syncNames).toBe('');
    expect(stage.fleet.begun.at(-1)?.body.kind).toBe('unset');
  });

  test('P11 has no rollback from the moment when every node runs the new version', async () => {
    await using stage = await stageWith('automatic');
    stage.fleet.held = (order) => order.step.startsWith('h1.finalize');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    await expect(stage.controller.runs.rollbackRun(run, 'now', actor)).rejects.toThrow(
      /every node runs 16\.13, which postgresql finalizes automatically; plan a downgrade instead: drydock plan pg-main --to 16\.4 --downgrade$/,
    );
    expect((await stage.controller.runs.getRun(run)).legalCommands).not.toContain(`rollback ${run}`);
    stage.fleet.held = () => false;
    for (const order of stage.fleet.heldOrders()) stage.fleet.release(order);
    expect(await stage.end(run)).toBe('done');
  });

  test.each([1, 3])('P11 P17 is not rolled back when the last node runs and does not prove itself, with %i canaries', async (canary) => {
    await using stage = await stageWith('automatic');
    const proof = (order: Order) => order.body.kind === 'await' && order.body.condition === 'in-service' && order.step.includes('.pg-1.');
    stage.fleet.mishap = (order) => (order.step.startsWith('h1.') && proof(order) ? 'times-out' : null);
    const run = await stage.started({ canary });
    await stage.holding(run, 'health-check-failed');
    const { holds, state } = await stage.controller.runs.getRun(run);
    expect(state).toBe('active');
    expect(holds.flatMap(({ commands }) => commands)).not.toContain(`rollback ${run}`);
    await expect(stage.controller.runs.rollbackRun(run, 'now', actor)).rejects.toMatchObject({ failure: { code: 'rollback-gone' } });
    stage.fleet.mishap = () => null;
    for (const command of holds.flatMap(({ commands }) => commands).filter((each) => each.startsWith('retry ')))
      await stage.controller.runs.retryStep(run, command.split(' ')[2] ?? '', actor);
    expect(await stage.end(run)).toBe('done');
  });

  test('P11 is not rolled back either when a node that was proven before must prove itself again and does not', async () => {
    await using stage = await stageWith('automatic');
    stage.fleet.held = (order) => order.step.startsWith('h1.finalize');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    stage.fleet.mishap = (order) => (order.step.includes('.pg-3.') ? 'times-out' : null);
    stage.fleet.startDatabase('pg-3');
    await stage.holding(run, 'health-check-failed');
    await expect(stage.controller.runs.rollbackRun(run, 'now', actor)).rejects.toMatchObject({ failure: { code: 'rollback-gone' } });
  });

  test('P17 a hold that stands since before that moment offers no rollback from then on', async () => {
    await using stage = await stageWith('automatic');
    stage.fleet.held = (order) => order.body.kind === 'downtime' && isDowntimeIn('h1', 'pg-1')(order);
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    stage.fleet.intervene('pg-2', 'release');
    const offered = async () => {
      const holds = (await stage.events(run)).flatMap((event) => (event.type === 'hold-raised' ? [event.hold] : []));
      return holds.findLast(({ kind }) => kind === 'local-intervention')?.commands.join(', ');
    };
    await stage.until(async () => (await offered()) === `resume ${run}, rollback ${run}, ${excludeCommand(run, 'pg-2')}, abort ${run}`);
    stage.fleet.held = () => false;
    for (const order of stage.fleet.heldOrders()) stage.fleet.release(order);
    await stage.until(async () => (await offered()) === `resume ${run}, ${excludeCommand(run, 'pg-2')}, abort ${run}`);
    await expect(stage.controller.runs.rollbackRun(run, 'now', actor)).rejects.toMatchObject({ failure: { code: 'rollback-gone' } });
  });
});
