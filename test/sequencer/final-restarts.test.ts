/** Hops that are finalized by restarting every node with another configuration, and the work on files after a hop that goes node by node. */
import { describe, expect, test } from 'vitest';
import type { OrderBody } from '../../common/orders.ts';
import type { Step } from '../../common/plan.ts';
import type { FinalRestart, Procedure } from '../../common/procedure.ts';
import { loadPack, type RulePacks } from '../../controller/rules/pack.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { awaitSelf, stepOf } from '../../engines/kit/pure/steps.ts';
import { postgresqlProcedure } from '../../engines/postgresql/procedure.ts';
import { schemes } from '../../engines/schemes.ts';
import { builtin } from '../rules/builtin.ts';
import { actor, Stage } from './stage.ts';

const text = builtinPacks().find((pack) => pack.name === 'postgresql')?.text ?? '';
const packsWith = (lines: string): RulePacks =>
  new Map([
    ...builtin,
    ['postgresql', loadPack('changed.yaml', text.replace('    kind: rolling\n', `    kind: rolling\n${lines}`), schemes)],
  ]);
const manual = packsWith('    finalize: manual\n');

const probeStep = (instance: string, id: string): Step =>
  stepOf(instance, { id, title: id, body: awaitSelf('in-service'), deadlineMs: 60_000, expectedMs: 100 });
const restart = (id: string, more: Partial<FinalRestart> = {}): FinalRestart => ({
  id,
  name: `mode ${id}`,
  changes: [{ op: 'set', key: 'mode', value: id }],
  proof: ({ idPrefix, node: { instance } }) => [probeStep(instance, `${idPrefix}.mode`)],
  ...more,
});
const rewrites: FinalRestart['rewrite'] = ({ idPrefix, node: { instance } }) => [probeStep(instance, `${idPrefix}.rewrite`)];

const restarting: Procedure = {
  ...postgresqlProcedure,
  rewrite: rewrites,
  finalRestarts: () => [restart('first', { rewrite: rewrites }), restart('second')],
  finalize: ({ idPrefix, nodes }) => nodes.map(({ instance }) => probeStep(instance, `${idPrefix}.proof-${instance}`)),
};

/** Agents tell what each change would make of the file: a text that is told by its digest. */
function previewing(stage: Stage): void {
  const probe = stage.fleet.probe.bind(stage.fleet);
  const digestOf = (count: number) => `sha256:${String(count).padStart(64, '0')}`;
  stage.fleet.probe = async (instance, checks, deadlineMs, more) => {
    const facts = await probe(instance, checks, deadlineMs, more);
    const asked = more?.config?.length;
    if (asked === undefined) return facts;
    const rest = { file: 'db.conf', lines: [], restartKeys: ['mode'], problems: [], warnings: [] };
    return { ...facts, config: { ...rest, fromDigest: digestOf(0), toDigest: digestOf(asked) } };
  };
}

async function opened(packs: RulePacks): Promise<Stage> {
  const stage = await Stage.open(3, new Map([['postgresql', restarting]]));
  stage.packs = packs;
  previewing(stage);
  return stage;
}

async function resting(stage: Stage): Promise<string> {
  const run = await stage.started({ toVersion: '16.14' });
  await stage.until(async () => (await stage.state(run)) === 'unfinalized');
  return run;
}

async function finalize(stage: Stage, run: string): Promise<void> {
  const { digest } = await stage.controller.runs.getRun(run);
  await stage.controller.runs.finalizeRun(run, { digest, reason: 'all is well', actor });
}

const stepsOf = ({ fleet: { begun } }: Stage, kind: OrderBody['kind'] | 'mode', from: number) =>
  begun
    .slice(from)
    .filter(({ step, body }) => (kind === 'mode' ? step.endsWith('.mode') : body.kind === kind))
    .map(({ step }) => step);

describe('a hop that restarts finalize', () => {
  test('P2 P10 P11 restarts every node one at a time, twice, with files rewritten between, after a person said so', async () => {
    await using stage = await opened(manual);
    const run = await resting(stage);
    const before = stage.fleet.begun.length;
    expect(stage.fleet.begun.filter(({ step }) => step.includes('.finalize.'))).toEqual([]);
    await finalize(stage, run);
    expect(await stage.end(run)).toBe('done');
    const order = stage.fleet.begun
      .slice(before)
      .flatMap(({ step }) => /^h1\.finalize\.(.*\.(?:downtime|mode|rewrite)|.*proof-.*)$/.exec(step)?.[1] ?? []);
    const rolled = (id: string, at: readonly [string, string][]) =>
      at.flatMap(([name, role]) => [`${id}.${name}.${role}.downtime`, `${id}.${name}.${role}.mode`]);
    const nodes = [
      ['pg-2', 'standby'],
      ['pg-3', 'standby'],
      ['pg-1', 'primary'],
    ] as [string, string][];
    expect(order).toEqual([
      ...rolled('first', nodes),
      ...nodes.map(([name]) => `first-files.${name}.rewrite`),
      ...rolled('second', nodes),
      ...nodes.map(([name]) => `pg-main.proof-${name}`),
    ]);
    const configs = stage.fleet.begun.slice(before).flatMap(({ body }) => (body.kind === 'downtime' ? (body.config ?? []) : []));
    expect(configs.map(({ changes }) => changes)).toEqual(
      ['first', 'second'].flatMap((value) => nodes.map(() => [{ op: 'set', key: 'mode', value }])),
    );
    expect(new Set(configs.slice(0, 3).map(({ toDigest }) => toDigest))).toEqual(
      new Set(configs.slice(3).map(({ fromDigest }) => fromDigest)),
    );
  });

  test('asks no node twice for the same proof once another turn of it has its own', async () => {
    await using stage = await opened(manual);
    const run = await resting(stage);
    const before = stage.fleet.begun.length;
    await finalize(stage, run);
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.begun.slice(before).filter(({ step }) => /\.(canary|roll)\./.test(step))).toEqual([]);
  });

  test('P11 has no rollback once it has begun: a node that does not come up holds, and is tried again', async () => {
    await using stage = await opened(manual);
    const run = await resting(stage);
    stage.fleet.mishap = ({ step, attempt }) =>
      step === 'h1.finalize.first.pg-3.standby.downtime' && attempt === 1 ? 'fails-and-reverts' : null;
    await finalize(stage, run);
    await stage.holding(run, 'health-check-failed').catch(() => undefined);
    const { holds, state } = await stage.controller.runs.getRun(run);
    expect({ state, held: holds.map(({ subject }) => subject) }).toEqual({
      state: 'active',
      held: ['h1.finalize.first.pg-3.standby.downtime'],
    });
    await expect(stage.controller.runs.rollbackRun(run, 'no', actor)).rejects.toThrow(/the finalization of 16\.14 has begun/);
    await stage.controller.runs.retryStep(run, 'h1.finalize.first.pg-3.standby.downtime', actor);
    expect(await stage.end(run)).toBe('done');
  });

  test('is rolled back from its rest node by node, although files were rewritten in waves', async () => {
    await using stage = await opened(manual);
    const run = await resting(stage);
    await stage.controller.runs.rollbackRun(run, 'clients complain', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
  });

  test('holds while a node is down, stops no other one, and goes on once it is back', async () => {
    await using stage = await opened(manual);
    const run = await resting(stage);
    stage.fleet.node('pg-3').running = false;
    await finalize(stage, run);
    await stage.holding(run, 'node-down');
    expect(stepsOf(stage, 'downtime', 0).filter((step) => step.includes('.finalize.'))).toEqual([]);
    stage.fleet.node('pg-3').running = true;
    expect(await stage.end(run)).toBe('done');
  });

  test('P11 P22 keeps the file that its finalization changes from another plan, and leaves its cluster to a restart', async () => {
    await using stage = await opened(manual);
    const run = await resting(stage);
    const change = stage.started({ toVersion: null, config: [{ op: 'set', key: 'work_mem', value: '64MB' }] });
    await expect(change).rejects.toThrow(
      /pg-main rests unfinalized at 16\.14 in run .*, whose finalization changes the same file: drydock finalize/,
    );
    expect(await stage.end(await stage.started({ toVersion: null, restart: true }))).toBe('done');
    await finalize(stage, run);
    expect(await stage.end(run)).toBe('done');
  });

  test('P18 goes on under another controller where it was', async () => {
    await using stage = await opened(manual);
    const run = await resting(stage);
    await finalize(stage, run);
    await stage.until(() => stage.fleet.begun.some(({ step }) => step === 'h1.finalize.first.pg-3.standby.downtime'));
    await stage.restart();
    expect(await stage.end(run)).toBe('done');
    const downtimes = stepsOf(stage, 'downtime', 0).filter((step) => step.includes('.finalize.'));
    expect(new Set(downtimes).size).toBe(downtimes.length);
  });
});
