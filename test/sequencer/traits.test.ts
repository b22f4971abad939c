import { describe, expect, test } from 'vitest';
import type { Plan } from '../../common/plan.ts';
import { loadPack, type RulePacks } from '../../controller/rules/pack.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { procedures } from '../../engines/procedures.ts';
import { schemes } from '../../engines/schemes.ts';
import { builtin } from '../rules/builtin.ts';
import { actor, planRequest, Stage } from './stage.ts';

const text = builtinPacks().find((pack) => pack.name === 'postgresql')?.text ?? '';

/** The rules refuse 16.14 where `frozen` is true; another issue of the same has a remark more. */
function withTrait(remark = ''): RulePacks {
  const rule =
    'refusals:\n  - { id: frozen, from: any, to: 16.14, when: { traits: { frozen: "true" } }, reason: it is frozen, instead: thaw it, source: a test }';
  return new Map([...builtin, ['postgresql', loadPack('traits.yaml', `${remark}${text.replace('refusals:', rule)}`, schemes)]]);
}

/** A controller whose engine observes these traits at the moment. */
async function stageSeeing(seen: { traits: Record<string, string> }): Promise<Stage> {
  const postgresql = procedures.get('postgresql');
  if (postgresql === undefined) throw new Error('no procedure');
  const stage = await Stage.open(3, new Map([...procedures, ['postgresql', { ...postgresql, traits: () => seen.traits }]]));
  stage.packs = withTrait();
  return stage;
}

const planned = async (stage: Stage, traits: Record<string, string> = {}) => {
  const { plans } = stage.controller;
  const made = await plans.makePlan({ ...planRequest, traits }, actor);
  return { ...made, plan: JSON.parse(made.json) as Plan };
};

describe('traits in a plan', () => {
  test('one that is not known speaks against the hop until it is given, and then is a requirement of the plan', async () => {
    await using stage = await stageSeeing({ traits: {} });
    await expect(planned(stage)).rejects.toMatchObject({
      failure: {
        code: 'requirement-unproven',
        message: expect.stringMatching(/requires frozen!=true, which the agents cannot observe: give it with --trait frozen=VALUE/),
      },
    });
    const { plan } = await planned(stage, { frozen: 'false' });
    expect(plan.traits).toEqual([{ name: 'frozen', value: 'false', given: true }]);
    await expect(planned(stage, { frozen: 'true' })).rejects.toMatchObject({ failure: { code: 'path-refused' } });
  });

  test('one that the engine observes decides as one that is given does, and needs no word', async () => {
    await using stage = await stageSeeing({ traits: { frozen: 'false' } });
    expect((await planned(stage)).plan.traits).toEqual([{ name: 'frozen', value: 'false' }]);
    expect((await planned(stage, { frozen: 'false' })).plan.traits).toEqual([{ name: 'frozen', value: 'false' }]);
    await using frozen = await stageSeeing({ traits: { frozen: 'true' } });
    await expect(planned(frozen)).rejects.toMatchObject({ failure: { code: 'path-refused' } });
  });

  test('one that was given and is observed otherwise is refused', async () => {
    await using stage = await stageSeeing({ traits: { frozen: 'true' } });
    await expect(planned(stage, { frozen: 'false' })).rejects.toMatchObject({
      failure: {
        class: 'refused',
        code: 'trait-contradicted',
        message: 'pg-main: --trait frozen=false contradicts its nodes, which report frozen=true; omit it, or change the cluster first',
      },
    });
  });

  test('one that nobody knows is refused with those that there are', async () => {
    await using stage = await stageSeeing({ traits: { tidal: 'low' } });
    await expect(planned(stage, { frosen: 'false' })).rejects.toMatchObject({
      failure: {
        class: 'usage',
        code: 'unknown-trait',
        message: '--trait frosen: unknown trait of postgresql; known traits: frozen, tidal',
      },
    });
    // The engine knows it, and no rule asks for it.
    expect((await planned(stage, { tidal: 'low', frozen: 'false' })).plan.traits).toEqual([
      { name: 'frozen', value: 'false', given: true },
    ]);
  });

  test('rules that ask for none leave none in the plan', async () => {
    await using stage = await stageSeeing({ traits: { tidal: 'low' } });
    stage.packs = builtin;
    expect((await planned(stage)).plan.traits).toBeUndefined();
  });
});

describe('traits where rules are asked again', () => {
  test('what was given counts, so that another issue of the same rules changes nothing', async () => {
    await using stage = await stageSeeing({ traits: {} });
    const { plans, sequencer } = stage.controller;
    const { planId, digest } = await planned(stage, { frozen: 'false' });
    await plans.approvePlan(planId, digest, actor);
    stage.packs = withTrait('# another text, the same rules\n');
    expect(await sequencer.reprove('postgresql')).toMatchObject([{ result: 'same' }]);
  });

  test('one that is observed otherwise since refuses the start, by the very rules of the plan', async () => {
    const seen = { traits: { frozen: 'false' } };
    await using stage = await stageSeeing(seen);
    const { plans, runs } = stage.controller;
    const { planId, digest } = await planned(stage);
    await plans.approvePlan(planId, digest, actor);
    seen.traits = { frozen: 'true' };
    await expect(runs.startRun(planId, actor)).rejects.toMatchObject({
      failure: { code: 'rules-changed', message: expect.stringMatching(/with frozen=true the rules active now .* it is frozen/) },
    });
  });

  test('one that is observed otherwise than it was given holds the run before its next node', async () => {
    const seen: { traits: Record<string, string> } = { traits: {} };
    await using stage = await stageSeeing(seen);
    stage.fleet.held = (order) => order.step.includes('pg-2') && order.body.kind === 'await' && order.body.viewpoint === 'self';
    const run = await stage.started({ traits: { frozen: 'false' } });
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    seen.traits = { frozen: 'true' };
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.holding(run, 'rules-changed');
    expect(stage.fleet.downtimes).toEqual(['pg-2']);
    seen.traits = { frozen: 'false' };
    expect(await stage.end(run)).toBe('done');
  });
});
