/** Fleets of quay, one for each kind of plan, with a controller's heart over each. */
import { Stage } from '../sequencer/stage.ts';
import { QuayFleet } from './fleet.ts';
import { quayProcedure } from './procedure.ts';
import { quayPacks } from './rules.ts';

const whole = ['router-1', 'router-2', 'store-1', 'store-2', 'store-3', 'lens-1'];

export const quayKinds = {
  rolling: { names: whole, from: '1.0', to: '1.1' },
  'all-stop': { names: whole, from: '1.1', to: '2.0' },
  'in-place': { names: ['store-1'], from: '3.0', to: '4.0' },
  'side-by-side': { names: ['store-1'], from: '4.0', to: '5.0' },
} as const;

export type QuayKind = keyof typeof quayKinds;

export async function openQuay(kind: QuayKind): Promise<Stage<QuayFleet>> {
  const { names, from } = quayKinds[kind];
  const versions = ['1.0', '1.1', '2.0', '3.0', '4.0', '5.0', '6.0'];
  const stage = await Stage.over(new QuayFleet(names, from), versions, new Map([['quay', quayProcedure]]));
  stage.packs = quayPacks;
  return stage;
}
