import type { PathHop } from '../../../common/documents/rules.ts';
import { durationText } from '../../../common/duration-text.ts';
import type { HopPreparation, HopStepsInput } from '../../../common/hop-steps.ts';
import { anyRole, type Finalize, type PhaseName, type Step, type Turn, type Wave } from '../../../common/plan.ts';
import type { StoppedForm } from '../../../common/shape-forms.ts';
import type { PlanInput } from '../plan-input.ts';
import { controllerTurn } from './controller-turn.ts';
import { finalRestartWaves } from './final-restarts.ts';
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

/** Finalized by a person's command, not automatically by the database. */
export const isCommanded = (hop: Pick<PathHop, 'finalize'>): boolean => hop.finalize === 'guarded' || hop.finalize === 'manual';

const defaultRestMs = 14 * 86_400_000;

/** How long a run may rest: as asked for, else as the engine bears; never longer than the rules let versions be mixed. */
export function restMsOf({ options, procedure, limits }: PlanInput, index: number): number {
  return Math.min(options.finalizeWithinMs ?? procedure.restMs ?? defaultRestMs, limits[index]?.mixedAtMostMs ?? Number.POSITIVE_INFINITY);
}

/** An older consent was given for another state of the cluster. */
const consentValidMs = 3600_000;

export function finalizeOf(hop: PathHop, { soakMs, finalize, restMs }: HopInput): Finalize {
  const rests = isCommanded(hop) && finalize === 'on-command';
  return {
    policy: hop.finalize,
    soakMs: isCommanded(hop) ? soakMs : 0,
    deadlineMs: rests ? restMs : null,
    pointOfNoReturn: hop.finalize !== 'none',
    ...(isCommanded(hop) && finalize === 'auto' ? { auto: true } : {}),
  };
}

/** The consent, where a person has to give it, then the restarts and the steps. */
export function finalizeWaves(input: HopInput): readonly Wave[] {
  const { hop, procedure, finalize, restMs } = input;
  if (hop.finalize === 'none') return [];
  const steps = clusterWave(input, 'finalize', procedure.finalize?.(stepsInput(input, 'finalize')) ?? [], []);
  const waves = [...finalRestartWaves(input), ...(steps === null ? [] : [steps])];
  const numbered = (all: readonly Wave[]) => all.map((wave, at): Wave => ({ ...wave, id: `${input.id}.finalize.${at + 1}` }));
  if (waves.length === 0 || !isCommanded(hop) || finalize === 'auto') return numbered(waves);
  const id = `${turnId(input, 'finalize')}.consent`;
  const pending = pendingOf(input);
  const until = pending.length === 0 ? '' : `; until then these are refused: ${pending.join(', ')}`;
  const thing = `finalize ${hop.to}: after it ${hop.from} cannot run on this data any more${until}`;
  const rests = { deadlineMs: restMs };
  const body = { kind: 'consent', thing, role: 'approver', validMs: consentValidMs, rests } as const;
  const asked = controllerTurn({
    id: turnId(input, 'finalize').replace('.finalize.', '.rest.'),
    step: id,
    title: 'rest until it is finalized',
    body,
    expectedMs: 0,
  });
  return numbered([{ id: '', parallel: 1, turns: [asked] }, ...waves]);
}

/** What is refused until then. */
const pendingOf = (input: HopInput): readonly string[] =>
  isCommanded(input.hop) ? (input.procedure.unfinalized?.(stepsInput(input, 'finalize')) ?? []) : [];

/** The same for the plan, one sentence. */
export function pendingRisks(input: HopInput): readonly string[] {
  const pending = pendingOf(input);
  return pending.length === 0 ? [] : [`until ${input.hop.to} is finalized these are refused: ${pending.join(', ')}`];
}

const sampleEveryMs = 15_000;
const soakToleranceMs = 60_000;

/** null: the plan asks for none. */
export function soakWave(input: HopInput): Wave | null {
  const { procedure, soakMs } = input;
  if (soakMs === 0) return null;
  const id = turnId(input, 'soak');
  const body = {
    kind: 'soak',
    soakMs,
    everyMs: Math.min(sampleEveryMs, Math.max(1000, Math.ceil(soakMs / 4))),
    toleranceMs: Math.min(soakToleranceMs, Math.max(1000, Math.ceil(soakMs / 4))),
    bounds: procedure.soakBounds ?? [],
    allowed: procedure.allowedUnfinalized ?? [],
  } as const;
  const turn = controllerTurn({ id, step: `${id}.soak`, title: `watch the cluster for ${durationText(soakMs)}`, body, expectedMs: soakMs });
  return { id: `${input.id}.soak.1`, parallel: 1, turns: [turn] };
}

/** One of the waves of the start, so that the rollback begins with its undo. null: there is nothing to do. */
export function onceStartedWave(input: HopInput, onceStarted: NonNullable<StoppedForm['onceStarted']>): Wave | null {
  const { steps, undo } = onceStarted(stepsInput(input, 'start'));
  const wave = clusterWave(input, 'start', steps, undo);
  return wave === null ? null : { ...wave, id: `${input.id}.start.once-started`, order: 'serial', name: 'cluster' };
}

function clusterWave(input: HopInput, name: PhaseName, steps: readonly Step[], undo: readonly Step[]): Wave | null {
  if (steps.length === 0) return null;
  const turn: Turn = {
    id: turnId(input, name),
    instance: null,
    expectedRole: null,
    disruptive: false,
    rollback: name === 'finalize' ? 'none' : 'lossless',
    variants: [{ role: anyRole, steps, undo, downtimeMs: 0 }],
    need: null,
  };
  return { id: `${input.id}.${name}.1`, parallel: 1, turns: [turn] };
}
