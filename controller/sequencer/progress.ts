/** PURE. How far a run is: the plan's tree read beside the run's status. Nothing here decides. */
import type { Incarnation } from '../../common/facts.ts';
import {
  type Hop,
  type Phase,
  type Plan,
  type Step,
  stepsOf,
  type Turn,
  type TurnVariant,
  turnsOf,
  variantFor,
  type Wave,
} from '../../common/plan.ts';
import { type RunStatus, type StepStatus, sameLife, type TurnStatus } from './run-machine.ts';

export interface Place {
  readonly hop: Hop;
  readonly phase: Phase;
  readonly wave: Wave;
  readonly turn: Turn;
}

export const placesOf = (plan: Plan): readonly Place[] => [...turnsOf(plan)];

export function turnStatusOf(status: RunStatus, turn: string): TurnStatus | null {
  return status.turns.find((each) => each.turn === turn) ?? null;
}

/** The plan's step with its turn; null for an id that is not in the plan. */
export function stepPlace(plan: Plan, stepId: string): (Place & { readonly step: Step }) | null {
  for (const place of turnsOf(plan)) {
    for (const variant of place.turn.variants) {
      const step = [...variant.steps, ...variant.undo].find((each) => each.id === stepId);
      if (step !== undefined) return { ...place, step };
    }
  }
  return null;
}

export const isOutage = (step: Step): boolean => step.body.kind === 'outage';

/** Looks and awaits prove; they change nothing, so they may be asked again. */
const isProof = (step: Step): boolean => step.body.kind === 'await' || step.body.kind === 'observe';

const noSteps: TurnVariant = { role: '', steps: [], undo: [], outOfServiceMs: 0 };

function variantOf(turn: Turn, chosen: TurnStatus): TurnVariant {
  return variantFor(turn, chosen.way === 'back' ? (chosen.backRole ?? chosen.role) : chosen.role) ?? noSteps;
}

/** How a turn is taken back. `gates`: the agent put the old release back itself, which is still to be proven. */
export type Undo = 'none' | 'gates' | 'full';

/** Told by what the attempts of the outage came to and by nothing else, so that asking twice gives the same answer. */
export function undoOf(turn: Turn, chosen: TurnStatus): Undo {
  const outage = (variantFor(turn, chosen.role)?.steps ?? []).find(isOutage);
  const last = outage === undefined ? undefined : chosen.steps[outage.id];
  if (last === undefined) return 'none';
  if (last.state === 'dispatched' || last.state === 'unknown' || last.effect === 'made') return 'full';
  return last.effect === 'reverted' ? 'gates' : 'none';
}

/** Steps that the turn has to go through in the way it is going now. */
export function stepsToRun(turn: Turn, chosen: TurnStatus): readonly Step[] {
  const variant = variantOf(turn, chosen);
  if (chosen.way === 'forward') return stepsOf(variant, 'forward');
  const undo = stepsOf(variant, 'back');
  return undoOf(turn, chosen) === 'gates' ? undo.filter((step) => !isOutage(step)) : undo;
}

/** True when a proof speaks of another life of the node than the one it has now (P2). */
function isStale(steps: readonly Step[], at: number, last: StepStatus, life: Incarnation | null): boolean {
  const outage = steps.findIndex(isOutage);
  const step = steps[at];
  if (outage === -1 || at <= outage || step === undefined || !isProof(step) || life === null) return false;
  return !sameLife(last.provenIn, life);
}

export type Next =
  | { readonly kind: 'complete' }
  /** This step is to be sent, as this attempt. */
  | { readonly kind: 'dispatch'; readonly step: Step; readonly attempt: number }
  | { readonly kind: 'open'; readonly step: Step }
  | { readonly kind: 'failed' | 'unknown'; readonly step: Step; readonly last: StepStatus };

/**
 * What comes next in a chosen turn. `life`: the node's life as seen now, or null to go by receipts alone. A proof that was made in another
 * life is asked for again: a node that restarted after its gates has proven nothing yet.
 */
export function nextInTurn(turn: Turn, chosen: TurnStatus, life: Incarnation | null = null): Next {
  const steps = stepsToRun(turn, chosen);
  for (const [at, step] of steps.entries()) {
    const last = chosen.steps[step.id];
    if (last === undefined) return { kind: 'dispatch', step, attempt: 1 };
    if (last.state === 'dispatched') return { kind: 'open', step };
    if (last.state === 'failed' || last.state === 'unknown') return { kind: last.state, step, last };
    if (last.state === 'retry' || isStale(steps, at, last, life ?? chosen.incarnation)) {
      return { kind: 'dispatch', step, attempt: last.attempt + 1 };
    }
  }
  return { kind: 'complete' };
}

export function isComplete(turn: Turn, status: RunStatus): boolean {
  const chosen = turnStatusOf(status, turn.id);
  return chosen !== null && nextInTurn(turn, chosen).kind === 'complete';
}

/** Disruptive turns of a hop that were chosen, in that order. */
export function chosenDisruptive(plan: Plan, status: RunStatus): readonly (Place & { readonly chosen: TurnStatus })[] {
  const places = new Map(placesOf(plan).map((place) => [place.turn.id, place]));
  return status.turns.flatMap((chosen) => {
    const place = places.get(chosen.turn);
    return place?.turn.disruptive === true ? [{ ...place, chosen }] : [];
  });
}

/** Is this node's service not expected now? From the first order of its outage until its turn is complete, there or back. */
export function instancesInTurn(plan: Plan, status: RunStatus): readonly string[] {
  return chosenDisruptive(plan, status)
    .filter(({ turn, chosen }) => {
      if (nextInTurn(turn, chosen).kind === 'complete') return false;
      if (chosen.way === 'forward' && undoOf(turn, chosen) === 'none') return false;
      return Object.keys(chosen.steps).length > 0;
    })
    .map(({ turn }) => turn.instance ?? '');
}

/** Version that a node must run now; null while its turn makes that open. */
export function expectedVersion(plan: Plan, status: RunStatus, instance: string): string | null {
  let expected = plan.nodes.find((node) => node.instance === instance)?.version ?? null;
  for (const { turn, hop, chosen } of chosenDisruptive(plan, status)) {
    if (turn.instance !== instance) continue;
    const complete = nextInTurn(turn, chosen).kind === 'complete';
    if (chosen.way === 'back') expected = complete ? hop.from : null;
    else if (undoOf(turn, chosen) !== 'none') expected = complete ? hop.to : null;
  }
  return expected;
}

/** Turns still to be taken back, last chosen first. */
export function undoRest(plan: Plan, status: RunStatus): readonly (Place & { readonly chosen: TurnStatus })[] {
  return [...chosenDisruptive(plan, status)]
    .reverse()
    .filter(({ turn, chosen }) => (chosen.way === 'back' ? nextInTurn(turn, chosen).kind !== 'complete' : undoOf(turn, chosen) !== 'none'));
}

/** After the first order of the chores there is no way back of this run. */
export function wayBackGone(plan: Plan, status: RunStatus): boolean {
  return placesOf(plan).some(({ phase, turn }) => phase.name === 'chores' && turnStatusOf(status, turn.id) !== null);
}

/** The hop that the run is in: the first that is not finalized; null when all are. */
export function currentHop(plan: Plan, status: RunStatus): Hop | null {
  return plan.hops.find((hop) => status.hops[hop.id] !== 'finalized') ?? null;
}
