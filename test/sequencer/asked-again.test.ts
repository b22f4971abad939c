/** 12.B6: what refuses a plan is asked again directly before a stop: every refusal of planning and of every engine, one by one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ClusterView } from '../../common/facts.ts';
import type { HoldKind } from '../../common/holds.ts';
import { type Plan, turnsOf } from '../../common/plan.ts';
import { membershipProblems } from '../../controller/fleet/membership.ts';
import { levelPath } from '../../controller/planner/goals.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { type AskedAgain, planRefusals, type RefusalCode } from '../../controller/planner/refusals.ts';
import { admitForward, admitHarmless } from '../../controller/sequencer/decide/admission.ts';
import type { DecisionInput } from '../../controller/sequencer/decide/decision-input.ts';
import { desiredHolds } from '../../controller/sequencer/decide/holds.ts';
import { root } from '../../demo/programs.ts';
import { postgresqlProcedure } from '../../engines/postgresql/procedure.ts';
import { procedures } from '../../engines/procedures.ts';
import { changed, down, withNode, withServer } from '../engines/postgresql-fixtures.ts';
import { etcdSpoiled, postgresqlSpoiled } from '../engines/refusals.ts';
import { etcdInputOf } from '../planner/etcd-input.ts';
import { codesOf, inputFor, inputOf, planOf, withFacts } from '../planner/input.ts';
import { actor, planRequest, Stage } from './stage.ts';
import { startedRun } from './started-run.ts';

const turnNamed = (plan: Plan, id: string) => {
  const found = [...turnsOf(plan)].find(({ turn }) => turn.id === id);
  if (found === undefined) throw new RangeError(`no turn ${id}`);
  return found.turn;
};

/** The answer at the act: what decides is asked with the holds that this view raises. */
function atTheAct(input: PlanInput, turn: string, view: ClusterView) {
  const decisionInput = startedRun(input, [], { view });
  const holds = desiredHolds(decisionInput);
  const held: DecisionInput = { ...decisionInput, status: { ...decisionInput.status, holds } };
  return { holds, admission: admitForward(held, turnNamed(decisionInput.plan, turn), 1) };
}

const engines = {
  postgresql: { spoiled: postgresqlSpoiled, turn: 'h1.canary.pg-2', input: () => inputFor(3) },
  etcd: { spoiled: etcdSpoiled, turn: 'h1.canary.etcd-2', input: async () => etcdInputOf('3.5.35', '3.6.16') },
};

describe.each(Object.entries(engines))('12.B6: %s refuses a plan, and at the act the stop', (engine, { spoiled, turn, input }) => {
  const refuses = procedures.get(engine)?.refuses ?? [];

  test('by checks that are all tried here', () => {
    const elsewhere = ['can-take-over'];
    expect([...Object.keys(spoiled), ...elsewhere.filter((check) => refuses.includes(check))].sort()).toEqual([...refuses].sort());
  });

  test('for nothing while all is well', async () => {
    const healthy = await input();
    expect(codesOf(healthy)).toEqual([]);
    expect(atTheAct(healthy, turn, healthy.view)).toMatchObject({ holds: [], admission: { verdict: 'allow' } });
  });

  test.each(Object.entries(spoiled))('for %s', async (check, spoil) => {
    const healthy = await input();
    const view = spoil(healthy.view);
    expect(
      procedures
        .get(engine)
        ?.assess(view, [])
        .map((problem) => problem.check),
    ).toContain(check);
    expect(codesOf({ ...healthy, view }).length).toBeGreaterThan(0);
    expect(atTheAct(healthy, turn, view).admission.verdict).toBe('wait');
  });
});

/** A cluster whose standbys are at the target already, so that the primary's turn is the only one. */
async function onlyTheLeader(): Promise<PlanInput> {
  const atTarget = (input: PlanInput, instance: string) =>
    withFacts(input, instance, (facts) => ({ ...facts, version: { ...facts.version, running: '16.14', onDisk: '16.14' } }));
  const input = atTarget(atTarget(await inputFor(3), 'pg-2'), 'pg-3');
  return { ...inputOf(input.view), options: { ...input.options, leader: 'switchover' } };
}

describe('12.B6: a switchover that could not be planned now does not stop the primary', () => {
  const turn = 'h1.canary.pg-1';
  const logical = {
    name: 'cdc',
    type: 'logical',
    active: true,
    walStatus: 'reserved',
    retainedBytes: 0,
    failover: false,
    synced: false,
  } as const;
  const slots = (instance: string, change: object) => (view: ClusterView) =>
    changed(view, instance, (facts) => withServer(facts, { slots: [{ ...logical, ...change }] }));
  const cases: readonly (readonly [why: string, spoil: (view: ClusterView) => ClusterView, says: string])[] = [
    ['a logical slot', slots('pg-1', {}), 'logical slots of pg-1 would be lost in a switchover (cdc); abort this run'],
    ['a logical slot without its copy', slots('pg-1', { failover: true }), 'no synchronized copy of cdc'],
    [
      'a successor that could not follow again',
      (view) => ['pg-2', 'pg-3'].reduce((so, name) => changed(so, name, (facts) => withServer(facts, { canFollow: false })), view),
      'could not be made a standby again',
    ],
    [
      'an agent that lost its rights',
      (view) => withNode(view, 'pg-3', (node) => ({ ...node, capabilities: ['sql'] })),
      'is not a superuser of pg-3',
    ],
    [
      'a member that nobody reaches',
      (view) => changed(view, 'pg-1', (facts) => withServer(facts, { advertised: null })),
      'the address of pg-1 for its peers is unknown',
    ],
  ];

  test('and goes on while it could', async () => {
    const healthy = await onlyTheLeader();
    expect(atTheAct(healthy, turn, healthy.view)).toMatchObject({ holds: [], admission: { verdict: 'allow' } });
  });

  test.each(cases)('because of %s', async (_, spoil, says) => {
    const healthy = await onlyTheLeader();
    expect(codesOf({ ...healthy, view: spoil(healthy.view) })).toContain('no-successor');
    const { holds, admission } = atTheAct(healthy, turn, spoil(healthy.view));
    expect(holds).toContainEqual(expect.objectContaining({ kind: 'facts-changed', detail: expect.stringContaining(says) }));
    expect(admission.verdict).toBe('wait');
  });

  test('nor because of a slot that the successor keeps a synchronized copy of, which goes over with the role and is dropped behind it', async () => {
    const healthy = await onlyTheLeader();
    const kept = slots('pg-2', { failover: true, synced: true })(slots('pg-1', { failover: true })(healthy.view));
    expect(atTheAct(healthy, turn, kept)).toMatchObject({ holds: [], admission: { verdict: 'allow' } });
    const plan = planOf({ ...healthy, view: kept });
    const bodies = turnNamed(plan, turn).variants.flatMap(({ steps }) => steps.map(({ body }) => body));
    expect(bodies).toContainEqual({ kind: 'act', verb: 'dropSlots', args: { slots: ['cdc'] } });
  });

  test('and the primary itself is asked for its logical slots directly before the stop', async () => {
    const stops = turnNamed(planOf(await onlyTheLeader()), turn)
      .variants.flatMap(({ steps }) => steps)
      .filter(({ id }) => id.endsWith('handover.stop'));
    expect(stops.map(({ guards }) => guards)).toEqual([expect.arrayContaining([{ check: 'logical-slots-kept' }])]);
  });
});

describe('12.B6: what would make a stop long is asked only of the node that is stopped next', () => {
  test('so that a backup of another one does not hold the run', async () => {
    const healthy = await inputFor(3);
    const on = (instance: string) =>
      changed(healthy.view, instance, (facts) => ({ ...facts, findings: [{ check: 'no-backup-running', ok: false, detail: 'as seen' }] }));
    expect(desiredHolds(startedRun(healthy, [], { view: on('pg-3') }))).toEqual([]);
    expect(desiredHolds(startedRun(healthy, [], { view: on('pg-2') }))).toMatchObject([
      { kind: 'peer-unhealthy', subject: 'pg-2', releasedBy: 'automatic' },
    ]);
  });
});

/** What raises each kind of hold that refusals of the planner are said to become. */
const raises: Partial<Record<HoldKind, (input: PlanInput) => Partial<DecisionInput>>> = {
  'agent-lost': () => ({ lost: new Map([['pg-3', null]]) }),
  'node-down': ({ view }) => ({ view: changed(view, 'pg-3', down) }),
  'facts-changed': ({ view }) => ({ view: changed(view, 'pg-3', (facts) => ({ ...facts, databaseId: '1' })) }),
  'membership-mismatch': ({ view }) => ({
    membership: membershipProblems({
      cluster: view.cluster,
      expectedMembers: 3,
      adopted: ['pg-1', 'pg-2', 'pg-3'],
      enrolled: view.nodes.slice(0, 2),
      seen: postgresqlProcedure.membersSeen(view),
      refused: [],
    }),
  }),
  'rules-changed': () => ({ rulesChanged: 'the rules lead elsewhere' }),
  'peer-unhealthy': ({ view }) => ({ view: changed(view, 'pg-1', (facts) => ({ ...facts, role: null, inService: false })) }),
};

const textOf = (folder: string, named: RegExp): string =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => named.test(name))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
    .join('\n');

/** Every guard and awaited condition of a plan, forward. */
const conditionsOf = (plan: Plan, kind: 'guard' | 'step') =>
  [...turnsOf(plan)].flatMap(({ turn }) =>
    turn.variants.flatMap(({ steps }) =>
      steps.flatMap(({ guards, body }) =>
        kind === 'guard' ? guards.map(({ check }) => check) : body.kind === 'await' ? [body.condition] : [],
      ),
    ),
  );

async function restoreOfOne(): Promise<Plan> {
  const input = await inputFor(3);
  const made = { madeAtMs: 0, expiresAtMs: 1e15, bytes: 1, version: '16.4', verified: 'list', position: '0/3000000' };
  const goal = { kind: 'restore', run: 'r-1', instance: 'pg-2' } as const;
  const restored: PlanInput = { ...input, path: levelPath('postgresql', '16.4', input.path.pack), limits: [], goal };
  return planOf(
    input.view.nodes.reduce(
      (so, { instance }) =>
        withFacts(so, instance, (facts) => ({
          ...withServer(facts, { fromArchive: false }),
          snapshots: [{ id: `r-1.${facts.instance}`, run: 'r-1', role: facts.role ?? '', ...made }],
          restoreNeeds: [],
        })),
      restored,
    ),
  );
}

describe('12.B6: each refusal of planning is asked again, or says why it cannot come about later', () => {
  const agents = textOf('agent', /\.ts$/) + textOf('engines', /\.ts$/);
  const agentTests = textOf('test/agent', /\.ts$/) + textOf('test/e2e', /\.ts$/) + textOf('test/engines', /\.ts$/);

  test.each(Object.entries(planRefusals) as [RefusalCode, AskedAgain][])('%s', async (_, again) => {
    const input = await inputFor(3);
    switch (again.by) {
      case 'hold': {
        const raise = raises[again.kind];
        expect(desiredHolds(startedRun(input)).map(({ kind }) => kind)).toEqual([]);
        expect(desiredHolds(startedRun(input, [], raise?.(input))).map(({ kind }) => kind)).toContain(again.kind);
        break;
      }
      case 'admission': {
        const stage = turnNamed(planOf(input), 'h1.stage.pg-2');
        const full = withFacts(input, 'pg-2', (facts) => ({
          ...facts,
          space: { ...facts.space, releases: { freeBytes: 1, freeInodes: 1 } },
        }));
        expect(admitHarmless(startedRun(input), stage).verdict).toBe('allow');
        expect(admitHarmless(startedRun(input, [], { view: full.view }), stage).verdict).toBe('wait');
        break;
      }
      case 'guard':
        for (const plan of [planOf(input), planOf(etcdInputOf('3.5.35', '3.6.16'))])
          expect(conditionsOf(plan, 'guard')).toContain(again.check);
        break;
      case 'agent':
        expect(agents).toContain(`'${again.code}'`);
        expect(agentTests).toContain(again.code);
        break;
      case 'step':
        expect(conditionsOf(await restoreOfOne(), 'step')).toContain(again.condition);
        break;
      case 'start':
      case 'none':
        break;
      default:
        again satisfies never;
    }
  });

  test('and no reason is empty', () => {
    for (const again of Object.values(planRefusals)) if (again.by === 'none') expect(again.why).toMatch(/^it |^an |^snap/);
  });

  test('P11 a plan that was approved before its version was rolled back does not start', async () => {
    await using stage = await Stage.open();
    const { plans, runs } = stage.controller;
    // Of another content each: what draws the ids of plans always answers the same here.
    const second = await plans.makePlan({ ...planRequest, settleMs: 2_000 }, actor);
    const { fleet } = stage;
    fleet.mishap = ({ body }, { instance }) => (body.kind === 'downtime' && instance === 'pg-2' ? 'fails-and-reverts' : null);
    expect(await stage.end(await stage.started())).toBe('rolled-back');
    fleet.mishap = () => null;
    await plans.approvePlan(second.planId, second.digest, actor);
    await expect(runs.startRun(second.planId, actor)).rejects.toMatchObject({ failure: { code: 'rolled-back-before' } });
    await stage.clock.advance(1_000);
    const again = await plans.makePlan({ ...planRequest, settleMs: 3_000, again: true }, actor);
    await plans.approvePlan(again.planId, again.digest, actor);
    expect(await stage.end(await runs.startRun(again.planId, actor))).toBe('done');
  });
});
