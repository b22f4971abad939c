/** PURE. Waves of turns that go together or as listed: what the shapes other than rolling are made of. */
import {
  anyRole,
  type Leaves,
  type Phase,
  type PhaseName,
  type RollbackKind,
  type Step,
  type Turn,
  type Wave,
  type WaveOrder,
} from '../../../common/plan.ts';
import type { NodeWave, TurnInput, WaveTurn } from '../../../common/shape-forms.ts';
import type { HopInput, PlannedNode } from '../plan-input.ts';
import { expectedOf, turnInput } from './blocks.ts';

export interface WaveContent {
  readonly leaves: Leaves;
  readonly rollback: RollbackKind;
  /** false: nothing that serves is touched. */
  readonly disruptive: boolean;
  turn(input: TurnInput): WaveTurn;
}

/** One phase of the waves in this order; null: there is nothing to do in it. */
export function wavesPhase(
  input: HopInput,
  name: PhaseName,
  summary: string,
  waves: readonly NodeWave[],
  content: WaveContent,
): Phase | null {
  const planned = waves.flatMap((wave, at): readonly Wave[] => {
    const nodes = wave.instances.flatMap((instance) => input.order.find(({ view }) => view.instance === instance) ?? []);
    const turns = nodes.map((node) => waveTurn(input, name, node, content)).filter(({ variants: [only] }) => (only?.steps.length ?? 0) > 0);
    return turns.length === 0
      ? []
      : [{ id: `${input.id}.${name}.${at + 1}`, order: wave.order, name: wave.name, parallel: parallelOf(wave.order, turns), turns }];
  });
  return phaseOf(input, name, summary, planned);
}

/** All of them at once. */
export const everybody = (nodes: readonly PlannedNode[]): readonly NodeWave[] => [
  { name: 'all', order: 'together', instances: nodes.map(({ view }) => view.instance) },
];

const parallelOf = (order: WaveOrder, turns: readonly Turn[]): number => (order === 'together' ? Math.max(1, turns.length) : 1);

function waveTurn(input: HopInput, name: PhaseName, node: PlannedNode, content: WaveContent): Turn {
  const id = `${input.id}.${name}.${node.view.instance}`;
  const { steps, undo } = content.turn(turnInput(input, node, id, anyRole));
  return {
    id,
    instance: node.view.instance,
    expectedRole: node.role,
    disruptive: content.disruptive,
    rollback: content.rollback,
    leaves: content.leaves,
    variants: [{ role: anyRole, steps, undo, downtimeMs: 0 }],
    need: null,
  };
}

export function phaseOf(input: HopInput, name: PhaseName, summary: string, waves: readonly Wave[]): Phase | null {
  if (waves.length === 0) return null;
  const expectedMs = waves.reduce((sum, { turns, parallel }) => {
    const times = turns.map(expectedOf);
    return sum + (parallel > 1 ? Math.max(...times) : times.reduce((total, ms) => total + ms, 0));
  }, 0);
  return { id: `${input.id}.${name}`, name, summary, expectedMs, waves };
}

/** Steps of one node in a wave, with nothing to undo. */
export const onward = (steps: readonly Step[]): WaveTurn => ({ steps, undo: [] });

/** The same turn with more to do at its end. */
export const joined = ({ steps, undo }: WaveTurn, more: readonly Step[]): WaveTurn => ({ steps: [...steps, ...more], undo });
