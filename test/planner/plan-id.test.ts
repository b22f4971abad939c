import { expect, it } from 'vitest';
import { createPlanOperations } from '../../controller/operations/plans.ts';
import { procedures } from '../../engines/procedures.ts';
import { actor, planRequest, Stage } from '../sequencer/stage.ts';

it('12.C17: every plan gets an id of its own, whatever chance gives', async () => {
  await using stage = await Stage.open();
  const { store, sequencer } = stage.controller;
  const { fleet, clock } = stage;
  let nonces = 0;
  const plans = createPlanOperations({
    configFiles: new Map(),
    ...{ store, fleet, clock, procedures, packs: () => stage.packs, external: [], runs: sequencer },
    random: () => 0.5,
    nonce: () => `n${++nonces}`,
  });
  const made = [
    await plans.makePlan(planRequest, actor),
    await plans.makePlan(planRequest, actor),
    await plans.makePlan(planRequest, actor),
  ];
  expect(new Set(made.map(({ digest }) => digest)).size).toBe(1);
  expect(new Set(made.map(({ planId }) => planId)).size).toBe(3);
});
