/**
 * PURE. A run's plan beside its status: indexed once, and then asked by everything that decides on it or shows it. Nothing here decides. Both
 * are immutable, so an index stays true; what an event changes has another status, and so another index.
 */
import { type Hop, type Phase, type Plan, type Step, type Turn, turnsOf, variantFor, type Wave } from '../../../common/plan.ts';
import { isExcluded, openSteps, type RunStatus, type TurnStatus } from './run-status.ts';
import {
  allSteps,
  endedWell,
  endsRunning,
  handoverOf,
  isBetweenDowntimes,
  isDowntime,
  isOpen,
  nextInTurn,
  undoOf,
} from './turn-progress.ts';

export interface Place {
  readonly hop: Hop;
  readonly phase: Phase;
  readonly wave: Wave;
  readonly turn: Turn;
}

export type PlacedStep = Place & { readonly step: Step };

/** A turn that was chosen, with how far it is. */
export type ChosenPlace = Place & { readonly chosen: TurnStatus };

/** What does not change while the plan is carried out. */
export class PlanIndex {
  /** Of every turn, in the order of the plan. */
  readonly places: readonly Place[];
  readonly #turns: ReadonlyMap<string, Place>;
  readonly #steps: ReadonlyMap<string, PlacedStep>;

  constructor(plan: Plan) {
    this.places = [...turnsOf(plan)];
    const asked = plan.hops.flatMap((hop): readonly Place[] => rollbackPlace(hop));
    const places = [...this.places, ...asked];
    this.#turns = new Map(places.map((place) => [place.turn.id, place]));
    const steps = places.flatMap((place) =>
      place.turn.variants.flatMap((variant) => allSteps(variant).map((step): PlacedStep => ({ ...place, step }))),
    );
    // A step that several variants share is that of the first.
    this.#steps = new Map(steps.reverse().map((placed) => [placed.step.id, placed]));
  }

  /** null: the plan has no such turn. */
  place(turn: string): Place | null {
    return this.#turns.get(turn) ?? null;
  }

  /** null: the plan has no such step, there or back. */
  step(step: string): PlacedStep | null {
    return this.#steps.get(step) ?? null;
  }
}

/** The word that a rollback needs stands in no phase, for nothing on the way forward asks for it. */
function rollbackPlace(hop: Hop): readonly Place[] {
  const [turn, phase] = [hop.rollbackConsent, hop.phases.at(-1)];
  const wave = phase?.waves.at(-1);
  return turn === undefined || phase === undefined || wave === undefined ? [] : [{ hop, phase, wave, turn }];
}

/** Its turns go together or as listed, and the rollback goes through such waves from the end. */
export const isWaved = ({ wave }: Pick<Place, 'wave'>): boolean => wave.order === 'serial' || wave.order === 'together';

/** Its turn is chosen among those of all such waves of the hop: canary and roll. */
export const isOfRoll = ({ wave, turn }: Pick<Place, 'wave' | 'turn'>): boolean => turn.disruptive && wave.order === undefined;

/** The hop stops and starts whole waves. One that goes node by node has no such stops, whatever else of it goes in waves. */
export const hasWaves = (hop: Hop): boolean => {
  const waves = hop.phases.flatMap((phase) => phase.waves);
  return waves.some((wave) => isWaved({ wave })) && !waves.some((wave) => wave.turns.some((turn) => isOfRoll({ wave, turn })));
};

export class RunIndex {
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly #planned: PlanIndex;
  readonly #chosen: ReadonlyMap<string, TurnStatus>;
  readonly #complete = new Map<string, boolean>();
  readonly #answers = new Map<string, unknown>();

  constructor(plan: Plan, status: RunStatus) {
    this.plan = plan;
    this.status = status;
    this.#planned = planIndex(plan);
    this.#chosen = new Map(status.turns.map((each) => [each.turn, each]));
  }

  get places(): readonly Place[] {
    return this.#planned.places;
  }

  place(turn: string): Place | null {
    return this.#planned.place(turn);
  }

  step(step: string): PlacedStep | null {
    return this.#planned.step(step);
  }

  /** null: this turn was not chosen yet. */
  chosen(turn: string): TurnStatus | null {
    return this.#chosen.get(turn) ?? null;
  }

  /** A person excluded its node from the run. */
  isLeftOut({ instance }: Turn): boolean {
    return isExcluded(this.status, instance);
  }

  /** Those that the run still goes through, or went: all but those of excluded nodes. */
  get placesToRun(): readonly Place[] {
    return this.#once('placesToRun', () => this.places.filter(({ turn }) => !this.isLeftOut(turn)));
  }

  /** It was chosen, and every step of the way it goes is done; or it is left out. */
  isComplete({ id, instance }: Turn): boolean {
    if (isExcluded(this.status, instance)) return true;
    const known = this.#complete.get(id);
    if (known !== undefined) return known;
    const [place, chosen] = [this.place(id), this.chosen(id)];
    const complete = place !== null && chosen !== null && nextInTurn(place.turn, chosen).kind === 'complete';
    this.#complete.set(id, complete);
    return complete;
  }

  /** The hop that the run is in: the first that is not finalized; null when all are. */
  get currentHop(): Hop | null {
    return this.plan.hops.find((hop) => this.status.hops[hop.id] !== 'finalized') ?? null;
  }

  /** The hop that must not begin before somebody approved it; null: none waits for that. */
  get unapprovedHop(): Hop | null {
    const hop = this.currentHop;
    if (this.plan.approval !== 'hop' || hop === null || hop === this.plan.hops[0] || this.status.way === 'back') return null;
    return this.status.approvedHops?.includes(hop.id) === true ? null : hop;
  }

  /** Disruptive turns that were chosen, in that order; those of every hop. */
  get everDisruptive(): readonly ChosenPlace[] {
    return this.#once('everDisruptive', () =>
      this.status.turns.flatMap((chosen) => {
        const place = this.place(chosen.turn);
        return place?.turn.disruptive === true ? [{ ...place, chosen }] : [];
      }),
    );
  }

  /** Those of hops that are not finalized: what the others proved was for their own end. */
  get chosenDisruptive(): readonly ChosenPlace[] {
    return this.#once('chosenDisruptive', () => this.everDisruptive.filter(({ hop }) => this.status.hops[hop.id] !== 'finalized'));
  }

  /**
   * Disruptive turns of the hop that may be chosen now or once those that are open are over: of its first wave that has any left. Those that finalize it
   * are none before somebody has said so.
   */
  toStop(hop: Hop): readonly Place[] {
    const left = this.placesToRun.filter((place) => place.hop === hop && place.turn.disruptive && this.chosen(place.turn.id) === null);
    const [first] = left;
    if (first === undefined || (first.phase.name === 'finalize' && !this.#isReleased(hop))) return [];
    return left.filter((place) => place.wave === first.wave || (isOfRoll(place) && isOfRoll(first)));
  }

  /** The consent to its finalization was given, or none is asked for. */
  #isReleased(hop: Hop): boolean {
    const asksConsent = ({ variants }: Turn) => variants.some(({ steps }) => steps.some(({ body }) => body.kind === 'consent'));
    return this.places.every(
      (place) => place.hop !== hop || place.phase.name !== 'finalize' || !asksConsent(place.turn) || this.isComplete(place.turn),
    );
  }

  /** A later turn of the same node was chosen, and has health checks of its own. */
  isSuperseded({ id, instance }: Turn): boolean {
    const own = this.chosenDisruptive.findIndex(({ turn }) => turn.id === id);
    return (
      own !== -1 && this.chosenDisruptive.some(({ turn, wave }, at) => at > own && turn.instance === instance && wave.order === 'choose')
    );
  }

  /** Turns still to be rolled back, last chosen first. */
  get undoRest(): readonly ChosenPlace[] {
    return this.#once('undoRest', () =>
      [...this.chosenDisruptive]
        .reverse()
        .filter(({ turn }) => !this.isLeftOut(turn))
        .filter(({ turn, chosen }) => (chosen.way === 'back' ? !this.isComplete(turn) : undoOf(turn, chosen) !== 'none')),
    );
  }

  /** Instances whose service is not expected now: from the first order of a downtime until its turn is complete, there or back. */
  get inTurn(): readonly string[] {
    return this.#once('inTurn', () => {
      const open = this.chosenDisruptive.filter((place) => isOpen(place.turn, place.chosen));
      const stopped = this.plan.hops.filter((hop) => hop.kind !== 'rolling' && this.chosenDisruptive.some((place) => place.hop === hop));
      const waiting = this.places.filter(({ hop, turn }) => stopped.includes(hop) && turn.disruptive && !this.isComplete(turn));
      // Between the undo of its start and that of its stop no turn of a node is open, and it is down all the same.
      const goingBack = this.status.way === 'back' ? this.undoRest.filter(({ hop }) => stopped.includes(hop)) : [];
      return [...new Set([...open, ...waiting, ...goingBack].map(({ turn }) => turn.instance ?? ''))];
    });
  }

  /** Instances in the middle of a downtime that was ordered and has no end yet. */
  get inDowntime(): readonly string[] {
    return openSteps(this.status).flatMap(({ step, status }) => {
      const placed = this.step(step);
      return placed !== null && isDowntime(placed.step) ? [status.instance] : [];
    });
  }

  /** Clients wait with their writes for the order under way: its node goes down to stay down, or is between two downtimes. */
  get writesWait(): boolean {
    return openSteps(this.status).some((open) => {
      const [placed, chosen] = [this.step(open.step), this.chosen(open.turn)];
      if (placed === null || chosen === null) return false;
      return isBetweenDowntimes(placed.turn, chosen) || (isDowntime(placed.step) && !endsRunning(placed.step));
    });
  }

  /** Instances of which a snapshot is being made or verified, by an order that has no end yet. */
  get inSnapshot(): readonly string[] {
    return openSteps(this.status).flatMap(({ step, status }) => (this.step(step)?.step.body.kind === 'snapshot' ? [status.instance] : []));
  }

  /** Instances in their turn, and those whose service an open turn disturbs: who follows whom is changing. */
  get disturbed(): readonly string[] {
    return this.#once('disturbed', () => {
      const beside = this.chosenDisruptive
        .filter((place) => isOpen(place.turn, place.chosen))
        .flatMap(({ turn, chosen }) => variantFor(turn, chosen.role)?.beside ?? []);
      return [...new Set([...this.inTurn, ...beside])];
    });
  }

  /**
   * What this instance proved before it could not prove now: an open turn disturbs it, or another one's role went over to it. Then the turn
   * that did that has health checks of its own.
   */
  provesElsewhere(instance: string): boolean {
    return this.disturbed.includes(instance) || this.#tookRole(instance);
  }

  /** The same, but for what its own turn says: that one may stand broken off, and its node owes the health checks all the same. */
  provedByOthers(own: Turn): boolean {
    const isBeside = this.chosenDisruptive.some(({ turn, chosen }) => {
      const beside = variantFor(turn, chosen.role)?.beside ?? [];
      return turn.id !== own.id && isOpen(turn, chosen) && beside.includes(own.instance ?? '');
    });
    return isBeside || this.#tookRole(own.instance ?? '') || this.isSuperseded(own);
  }

  #tookRole(instance: string): boolean {
    return this.chosenDisruptive.some(({ turn, chosen }) => {
      const variant = variantFor(turn, chosen.role);
      const step = variant?.steps.find((each) => each.id === variant.handover?.step);
      return handoverOf(turn, chosen) === 'after' && step?.executor.kind === 'instance' && step.executor.instance === instance;
    });
  }

  /** Version that a node must run now; null while its turn makes that open. */
  expectedVersion(instance: string): string | null {
    let expected = this.plan.nodes.find((node) => node.instance === instance)?.version ?? null;
    for (const place of this.everDisruptive) {
      const { turn, hop, chosen } = place;
      if (turn.instance !== instance) continue;
      const complete = this.isLeftOut(turn) ? endedWell(turn, chosen) : this.isComplete(turn);
      if (isWaved(place)) {
        // Undone, or without an effect, it leaves the node as the turn before it did.
        if (chosen.way === 'back' ? complete : undoOf(turn, chosen) === 'none') continue;
        expected =
          complete && turn.leaves !== 'down' ? versionAt(this.plan, hop, instance, turn.leaves === 'old' ? 'back' : 'forward') : null;
        continue;
      }
      if (chosen.way === 'back') expected = complete ? versionAt(this.plan, hop, instance, 'back') : null;
      else if (undoOf(turn, chosen) !== 'none') expected = complete ? versionAt(this.plan, hop, instance, 'forward') : null;
    }
    return expected;
  }

  /** An answer that takes a walk through all turns is found once. */
  #once<T>(name: string, find: () => T): T {
    if (!this.#answers.has(name)) this.#answers.set(name, find());
    return this.#answers.get(name) as T;
  }
}

const plans = new WeakMap<Plan, PlanIndex>();
const runs = new WeakMap<RunStatus, RunIndex>();

/** Of the same plan always the same index. */
export function planIndex(plan: Plan): PlanIndex {
  const known = plans.get(plan) ?? new PlanIndex(plan);
  plans.set(plan, known);
  return known;
}

/** Of the same plan and status always the same index. */
export function runIndex(plan: Plan, status: RunStatus): RunIndex {
  const known = runs.get(status);
  if (known?.plan === plan) return known;
  const index = new RunIndex(plan, status);
  runs.set(status, index);
  return index;
}

/** Where a hop takes this node, or back to. One that stays where it is keeps each node at its own version. */
export function versionAt(plan: Plan, hop: Hop, instance: string | null, way: 'forward' | 'back'): string {
  if (hop.from !== hop.to) return way === 'back' ? hop.from : hop.to;
  return plan.nodes.find((node) => node.instance === instance)?.version ?? hop.to;
}
