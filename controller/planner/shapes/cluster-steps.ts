/** PURE. Turns and steps of the whole cluster: what a person or the controller does, the preparation, the soak, the finalization. */
import type { ControllerBody } from '../../../common/controller-body.ts';
import type { PathHop } from '../../../common/documents/rules.ts';
import { durationText } from '../../../common/duration-text.ts';
import {
  anyRole,
  type Finalize,
  type Phase,
  type PhaseName,
  type Step,
  type Turn,
  type TurnVariant,
  type Wave,
} from '../../../common/plan.ts';
import type { FinalRestart } from '../../../common/procedure.ts';
import type { HopPreparation, HopStepsInput, StoppedForm, TurnInput } from '../../../common/shape-forms.ts';
import type { HopInput, PlanInput, PlannedNode } from '../plan-input.ts';

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

/** A consent is asked for again if what it allows has not begun after so long: it was given for another state of the cluster. */
export const consentValidMs = 3600_000;

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
  const until = pending.length === 0 ? '' : `; refused until then: ${pending.join(', ')}`;
  const thing = `finalize ${hop.to}: afterwards ${hop.from} can no longer run on this data${until}`;
  const rests = { deadlineMs: restMs, ...(pending.length === 0 ? {} : { refused: pending }) };
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
  return pending.length === 0 ? [] : [`refused until ${input.hop.to} is finalized: ${pending.join(', ')}`];
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

// Turns and phases of the whole cluster whose one step is no order.

interface ControllerTurn {
  readonly id: string;
  readonly step: string;
  readonly title: string;
  readonly body: ControllerBody;
  readonly expectedMs: number;
}

/** A turn of the whole cluster with one step that is no order. */
export function controllerTurn({ id, step, title, body, expectedMs }: ControllerTurn): Turn {
  const only: Step = {
    id: step,
    title,
    executor: { kind: 'controller' },
    body,
    guards: [],
    repeat: 'convergent',
    deadlineMs: 0,
    expectedMs,
    healthCheck: null,
  };
  const variants = [{ role: anyRole, steps: [only], undo: [], downtimeMs: 0 }];
  return { id, instance: null, expectedRole: null, disruptive: false, rollback: 'lossless', variants, need: null };
}

/** A phase with one step that is no order. */
export function controllerPhase(input: HopInput, name: PhaseName, title: string, body: ControllerBody, at = 1): Phase {
  const id = `${input.id}.${name}.${input.view.cluster}${at === 1 ? '' : `.${at}`}`;
  const turn = controllerTurn({ id, step: `${id}.${body.kind}`, title, body, expectedMs: 0 });
  const phaseId = `${input.id}.${name}${at === 1 ? '' : `.${at}`}`;
  return { id: phaseId, name, summary: title, expectedMs: 0, waves: [{ id: `${phaseId}.1`, parallel: 1, turns: [turn] }] };
}

// Hops that are finalized by restarting every node, one at a time, with another configuration: a wave for each such restart, and the work on files after
// it.

/** Waves without their ids, in the order in which they go; empty: the hop needs no restart to be finalized. */
function finalRestartWaves(input: HopInput): readonly Wave[] {
  const { procedure, hop } = input;
  return (procedure.finalRestarts?.(hop) ?? []).flatMap((restart, at) => [
    restartWave(input, restart, at),
    ...rewriteWaves(input, restart),
  ]);
}

/** Nothing leads back from it: a node that does not come up so is started as it was, and the run holds. */
function restartWave(input: HopInput, restart: FinalRestart, at: number): Wave {
  const turns = nodesOf(input).map((node): Turn => {
    const id = `${input.id}.finalize.${restart.id}.${node.view.instance}`;
    const variants = input.procedure.roles.map((role): TurnVariant => {
      const turn = finalTurnInput(input, node, `${id}.${role}`, role, at);
      const { steps, downtimeMs } = input.procedure.turn(turn);
      return { role, steps: [...steps, ...restart.proof(turn)], undo: [], downtimeMs };
    });
    return { ...turnOf(node, id), disruptive: true, variants };
  });
  return { id: '', order: 'choose', name: restart.name, parallel: 1, turns };
}

function rewriteWaves(input: HopInput, restart: FinalRestart): readonly Wave[] {
  const turns = nodesOf(input).flatMap((node): readonly Turn[] => {
    const id = `${input.id}.finalize.${restart.id}-files.${node.view.instance}`;
    const steps = restart.rewrite?.(finalTurnInput(input, node, id, anyRole, null)) ?? [];
    return steps.length === 0
      ? []
      : [{ ...turnOf(node, id), disruptive: false, variants: [{ role: anyRole, steps, undo: [], downtimeMs: 0 }] }];
  });
  return turns.length === 0 ? [] : [{ id: '', order: 'serial', name: 'rewrite files', parallel: 1, turns }];
}

/** Those that were at the target before, too. */
const nodesOf = ({ order, all }: HopInput): readonly PlannedNode[] => [...order, ...all.filter((node) => !order.includes(node))];

function turnOf({ view: { instance }, role }: PlannedNode, id: string): Omit<Turn, 'variants' | 'disruptive'> {
  return { id, instance, expectedRole: role, rollback: 'none', leaves: 'new', need: null };
}

/** The release stays, and so does the version. `restart`: null where nothing is restarted. */
function finalTurnInput(input: HopInput, node: PlannedNode, idPrefix: string, role: string, restart: number | null): TurnInput {
  const { hop, direction, view, settleMs } = input;
  const release = input.order.includes(node) ? input.toRelease(node) : node.release;
  return {
    idPrefix,
    node: node.view,
    peers: view.nodes.filter((peer) => peer !== node.view),
    role,
    hop: { from: hop.to, to: hop.to, direction },
    fromRelease: release,
    toRelease: release,
    settleMs,
    successor: null,
    config: restart === null ? null : input.finalConfig(node, restart),
    reloadOnly: false,
    restore: null,
  };
}
