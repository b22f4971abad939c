/** PURE. What concerns a cluster as a whole: told to it before the first node of a hop, and awaited after the last one. */
import { anyRole, type PhaseName, type Step, type Turn, type Wave } from '../../../common/plan.ts';
import type { HopPreparation, HopStepsInput } from '../../../common/procedure.ts';
import type { HopInput } from './hop-input.ts';

const nothing: HopPreparation = { steps: [], undo: [], risks: [] };

function stepsInput(input: HopInput, name: PhaseName): HopStepsInput {
  return {
    idPrefix: turnId(input, name),
    hop: { from: input.hop.from, to: input.hop.to, direction: input.direction },
    nodes: [...input.order, ...input.all.filter((node) => !input.order.includes(node))].map(({ view }) => view),
  };
}

const turnId = (input: HopInput, name: PhaseName): string => `${input.id}.${name}.${input.view.cluster}`;

/** Nothing for a goal that changes no version. */
export function preparationOf(input: HopInput): HopPreparation {
  if (input.hop.from === input.hop.to) return nothing;
  return input.procedure.prepare?.(stepsInput(input, 'prepare')) ?? nothing;
}

export function prepareWave(input: HopInput): Wave | null {
  const { steps, undo } = preparationOf(input);
  return clusterWave(input, 'prepare', steps, undo);
}

export function finalizeWave(input: HopInput): Wave | null {
  if (input.hop.finalize === 'none') return null;
  return clusterWave(input, 'finalize', input.procedure.finalize?.(stepsInput(input, 'finalize')) ?? [], []);
}

function clusterWave(input: HopInput, name: PhaseName, steps: readonly Step[], undo: readonly Step[]): Wave | null {
  if (steps.length === 0) return null;
  const turn: Turn = {
    id: turnId(input, name),
    instance: null,
    expectedRole: null,
    disruptive: false,
    rollback: name === 'prepare' ? 'lossless' : 'none',
    variants: [{ role: anyRole, steps, undo, downtimeMs: 0 }],
    need: null,
  };
  return { id: `${input.id}.${name}.1`, parallel: 1, turns: [turn] };
}
