/** Stories whose logs every release leaves behind: played on the real controller and store, so that what they write is what a release writes. */
import type { ConfigPreview, NodeFacts } from '../../common/facts.ts';
import type { Order, OrderBody } from '../../common/orders.ts';
import type { Step } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { HopStepsInput } from '../../common/shape-forms.ts';
import { loadPack, type RulePacks } from '../../controller/rules/pack.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { postgresqlProcedure } from '../../engines/postgresql/procedure.ts';
import { procedures } from '../../engines/procedures.ts';
import { schemes } from '../../engines/schemes.ts';
import { builtin } from '../rules/builtin.ts';
import { actor, type Stage } from './stage.ts';

/** Plays to its last event; the run whose log is kept. */
export type Story = (stage: Stage) => Promise<string>;

const downtimeOf = (instance: string) => (order: Order) => order.body.kind === 'downtime' && order.target.instance === instance;

function letGo({ fleet }: Stage): void {
  fleet.held = () => false;
  for (const orderId of fleet.heldOrders()) {
    const order = fleet.begun.find((each) => each.orderId === orderId);
    if (order?.body.kind === 'downtime') fleet.node(order.target.instance).running = true;
    fleet.release(orderId);
  }
}

async function ended(stage: Stage, run: string, as: string): Promise<string> {
  const state = await stage.end(run);
  if (state !== as) throw new Error(`run ${run} ended ${state}, not ${as}`);
  return run;
}

/** Until an order that fits is under way and does not end. */
async function heldAt(stage: Stage, fits: (order: Order) => boolean, request: Parameters<Stage['started']>[0] = {}): Promise<string> {
  stage.fleet.held = fits;
  const run = await stage.started(request);
  await stage.until(() => stage.fleet.heldOrders().length > 0);
  return run;
}

const text = builtinPacks().find((pack) => pack.name === 'postgresql')?.text ?? '';

/** 16.4 reaches 16.14 over 16.13 only, and each hop is finalized as it is said here. */
function twoHops(finalize: 'none' | 'automatic'): RulePacks {
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
const settled: OrderBody = { kind: 'await', condition: 'in-service', member: null, steadyMs: 0, viewpoint: 'self' };

/** Tells the cluster something before a hop, and awaits what it does automatically after it. */
const settling: Procedure = {
  ...postgresqlProcedure,
  prepare: ({ idPrefix }: HopStepsInput) => ({
    steps: [stepOf('pg-1', `${idPrefix}.tell`, { kind: 'set', scope: 'node', key, value: 'ANY 1 (*)' })],
    undo: [stepOf('pg-1', `${idPrefix}.undo.tell`, { kind: 'unset', scope: 'node', key, effect: null })],
    risks: ['for the time of the hop the cluster knows of it'],
  }),
  finalize: ({ idPrefix }: HopStepsInput) => [
    stepOf('pg-2', `${idPrefix}.settled`, settled),
    stepOf('pg-1', `${idPrefix}.told`, { kind: 'unset', scope: 'node', key, effect: null }),
  ],
};

/** Every probe also tells this. */
function telling(stage: Stage, more: (instance: string) => Partial<NodeFacts>): void {
  const probe = stage.fleet.probe.bind(stage.fleet);
  stage.fleet.probe = async (instance, checks, deadlineMs, asked) => ({
    ...(await probe(instance, checks, deadlineMs, asked)),
    ...more(instance),
  });
}

const preview = (restartKeys: readonly string[]): ConfigPreview => ({
  file: 'postgresql.conf',
  lines: ['-max_connections = 100', '+max_connections = 300'],
  restartKeys,
  problems: [],
  warnings: [],
  fromDigest: `sha256:${'a'.repeat(64)}`,
  toDigest: `sha256:${'b'.repeat(64)}`,
});
const config = [{ op: 'set', key: 'max_connections', value: '300' }] as const;

function withSnapshots(stage: Stage): void {
  const made = { madeAtMs: 0, expiresAtMs: 1e15, bytes: 1, version: '16.4', verified: 'list', position: '0/3000000' };
  telling(stage, (instance) => ({
    snapshots: [{ id: `r-1.${instance}`, run: 'r-1', role: instance === 'pg-1' ? 'primary' : 'standby', ...made }],
  }));
}
const restore = { toVersion: null, restoreRun: 'r-1' };

/** Procedures other than the built-in ones, by story. */
export const procedureOf = (name: string): typeof procedures =>
  name.startsWith('prepared') ? new Map([['postgresql', settling]]) : procedures;

export const stories: Readonly<Record<string, Story>> = {
  'upgrade-done': async (stage) => ended(stage, await stage.started({ snapshot: 'list' }), 'done'),
  'downgrade-done': async (stage) => {
    await ended(stage, await stage.started(), 'done');
    return ended(stage, await stage.started({ toVersion: '16.4', downgrade: true }), 'done');
  },
  'canary-rolled-back': async (stage) => {
    stage.fleet.mishap = (order) => (downtimeOf('pg-2')(order) ? 'fails-and-reverts' : null);
    return ended(stage, await stage.started(), 'rolled-back');
  },
  'rolled-back-by-a-person': async (stage) => {
    stage.fleet.mishap = (order) => (downtimeOf('pg-1')(order) ? 'fails-and-reverts' : null);
    const run = await stage.started({ canary: 2 });
    await stage.holding(run, 'order-failed');
    stage.fleet.mishap = () => null;
    await stage.controller.runs.rollbackRun(run, 'not today', actor);
    return ended(stage, run, 'rolled-back');
  },
  'rollback-stuck': async (stage) => {
    stage.fleet.mishap = (order) => (order.step.endsWith('.settle') || order.step.endsWith('.undo.downtime') ? 'fails' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    await stage.controller.runs.resolveStep(run, 'h1.canary.pg-2.standby.undo.downtime', 'failed', 'its disk is gone', actor);
    return ended(stage, run, 'stuck');
  },
  aborted: async (stage) => {
    const run = await heldAt(stage, downtimeOf('pg-3'));
    await stage.controller.runs.abortRun(run, 'enough', actor);
    letGo(stage);
    return ended(stage, run, 'aborted');
  },
  'aborted-with-an-effect-open': async (stage) => {
    stage.fleet.node('pg-1').syncNames = 'ANY 2 ("pg-2", "pg-3")';
    const run = await heldAt(stage, (order) => order.step.includes('pg-2.standby.settle'));
    await stage.controller.runs.abortRun(run, 'enough', actor);
    letGo(stage);
    return ended(stage, run, 'aborted');
  },
  'never-started': async (stage) => {
    const { plans, runs } = stage.controller;
    const made = await plans.makePlan(
      { cluster: 'pg-main', toVersion: '16.14', canary: 0, settleMs: null, soakMs: 60_000, downgrade: false },
      actor,
    );
    const { runId } = await plans.approvePlan(made.planId, made.digest, actor);
    await runs.abortRun(runId, 'another day', actor);
    return runId;
  },
  'approval-voided': async (stage) => {
    const { plans, sequencer } = stage.controller;
    const made = await plans.makePlan(
      { cluster: 'pg-main', toVersion: '16.14', canary: null, settleMs: null, soakMs: null, downgrade: false },
      actor,
    );
    const { runId } = await plans.approvePlan(made.planId, made.digest, actor);
    const refused = 'refusals:\n  - { id: no-16-14, from: any, to: 16.14, reason: it was withdrawn, instead: 16.15, source: a test }';
    stage.packs = new Map([...builtin, ['postgresql', loadPack('later.yaml', text.replace('refusals:', refused), schemes)]]);
    await sequencer.reprove('postgresql');
    return runId;
  },
  restart: async (stage) => ended(stage, await stage.started({ toVersion: null, restart: true }), 'done'),
  'restart-with-a-switchover': async (stage) =>
    ended(stage, await stage.started({ toVersion: null, restart: true, primary: 'switchover' }), 'done'),
  'upgrade-with-a-switchover': async (stage) => ended(stage, await stage.started({ primary: 'switchover' }), 'done'),
  'switchover-rolled-back': async (stage) => {
    stage.fleet.mishap = (order) => (order.step.endsWith('pg-1.primary.write') ? 'times-out' : null);
    const run = await stage.started({ primary: 'switchover' });
    await stage.holding(run, 'health-check-failed');
    stage.fleet.mishap = () => null;
    await stage.controller.runs.rollbackRun(run, 'slow', actor);
    return ended(stage, run, 'rolled-back');
  },
  'config-with-restart': async (stage) => {
    telling(stage, () => ({ config: preview(['max_connections']) }));
    return ended(stage, await stage.started({ toVersion: null, config }), 'done');
  },
  'config-by-reload': async (stage) => {
    telling(stage, () => ({ config: preview([]) }));
    return ended(stage, await stage.started({ toVersion: null, config }), 'done');
  },
  'restore-of-a-node': async (stage) => {
    withSnapshots(stage);
    return ended(stage, await stage.started({ ...restore, restoreInstance: 'pg-2' }), 'done');
  },
  'restore-of-the-cluster': async (stage) => {
    withSnapshots(stage);
    return ended(stage, await stage.started({ ...restore, restoreInstance: null }), 'done');
  },
  'hop-by-hop': async (stage) => {
    stage.packs = twoHops('none');
    const run = await stage.started({ approval: 'hop' });
    await stage.holding(run, 'awaiting-approval');
    const { planId } = (await stage.controller.store.run(run)) ?? { planId: '' };
    const record = await stage.controller.store.plan(planId);
    await stage.controller.plans.approvePlan(planId, record?.digest ?? '', actor);
    return ended(stage, run, 'done');
  },
  'prepared-and-finalized': async (stage) => {
    stage.packs = twoHops('automatic');
    return ended(stage, await stage.started(), 'done');
  },
  'prepared-and-rolled-back': async (stage) => {
    stage.packs = twoHops('automatic');
    stage.fleet.mishap = (order) => (order.step.startsWith('h1.') && downtimeOf('pg-3')(order) ? 'fails-and-reverts' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    await stage.controller.runs.rollbackRun(run, 'enough', actor);
    return ended(stage, run, 'rolled-back');
  },
  'held-in-many-ways': async (stage) => {
    const { fleet, controller } = stage;
    const run = await heldAt(stage, downtimeOf('pg-2'));
    fleet.intervene('pg-3', 'release');
    await stage.holding(run, 'local-intervention');
    fleet.unlink('pg-2');
    await stage.holding(run, 'agent-lost');
    fleet.node('pg-3').profileDigest = 'sha256:11';
    await stage.holding(run, 'profile-drift');
    fleet.node('pg-3').profileDigest = 'sha256:00';
    fleet.stopDatabase('pg-3');
    await stage.holding(run, 'node-down');
    fleet.startDatabase('pg-3');
    fleet.link('pg-2');
    letGo(stage);
    await controller.runs.resumeRun(run, actor);
    return ended(stage, run, 'done');
  },
  'steps-resolved': async (stage) => {
    const { runs } = stage.controller;
    const settle = 'h1.roll.pg-3.standby.settle';
    stage.fleet.mishap = (order) => (order.step === settle ? 'times-out' : order.step === 'h1.roll.pg-1.primary.write' ? 'fails' : null);
    const run = await stage.started();
    await stage.holding(run, 'health-check-failed');
    await runs.resolveStep(run, settle, 'failed', 'it lags', actor);
    stage.fleet.mishap = (order) => (order.step === 'h1.roll.pg-1.primary.write' ? 'fails' : null);
    await runs.retryStep(run, settle, actor);
    await stage.until(async () => (await runs.getRun(run)).holds.some(({ subject }) => subject.endsWith('.write')));
    await runs.resolveStep(run, 'h1.roll.pg-1.primary.write', 'done', 'seen by hand', actor);
    return ended(stage, run, 'done');
  },
  'journal-lost': async (stage) => {
    const { fleet } = stage;
    const run = await heldAt(stage, downtimeOf('pg-2'));
    fleet.unlink('pg-2');
    fleet.journals.set('host-of-pg-2', { seq: 0, receipts: new Map(), open: new Map(), fence: null, taken: [] });
    fleet.held = () => false;
    Object.assign(fleet.node('pg-2'), { running: true, version: '16.14', release: '16.14-aaaaaaaaaaaa' });
    fleet.link('pg-2');
    await stage.holding(run, 'order-unknown');
    await stage.controller.runs.resolveStep(run, 'h1.canary.pg-2.standby.downtime', 'done', 'it runs 16.14', actor);
    return ended(stage, run, 'done');
  },
  'paused-and-two-controllers': async (stage) => {
    const run = await heldAt(stage, downtimeOf('pg-2'));
    await stage.controller.runs.pauseRun(run, 'lunch', actor);
    await stage.restart();
    letGo(stage);
    await stage.settle();
    await stage.controller.runs.resumeRun(run, actor);
    return ended(stage, run, 'done');
  },
  'store-behind-the-fleet-adopted': async (stage) => {
    const { fleet } = stage;
    const run = await heldAt(stage, downtimeOf('pg-2'));
    const restored = stage.backUp();
    fleet.held = downtimeOf('pg-3');
    fleet.node('pg-2').running = true;
    fleet.release(fleet.heldOrders()[0] ?? '');
    await stage.until(() => fleet.heldOrders().length > 0);
    await restored();
    await stage.holding(run, 'store-behind-fleet');
    letGo(stage);
    await stage.settle();
    await stage.controller.sequencer.adoptFleet('the disk was lost', actor);
    await stage.until(async () => (await stage.state(run)) !== 'active');
    return run;
  },
  'still-active': async (stage) => {
    stage.fleet.mishap = (order) => (downtimeOf('pg-3')(order) ? 'fails' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    return run;
  },
};
