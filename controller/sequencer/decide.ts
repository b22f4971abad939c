/**
 * PURE. What to do next, from what was looked at. `decide` goes as far as it can without looking or acting: its events are committed together
 * and its orders are sent afterwards (P4). Asked again with nothing changed, it answers with nothing.
 */
import type { NodeView } from '../../common/engine.ts';
import type { RunEvent } from '../../common/events.ts';
import type { Order } from '../../common/orders.ts';
import { type Hop, type Plan, type Step, type Turn, variantFor } from '../../common/plan.ts';
import { type Admission, admitBack, admitForward, admitHarmless, admitOnward } from './admission.ts';
import { holdEvents } from './holds.ts';
import { orderOf, tokenOf } from './orders.ts';
import {
  allSteps,
  chosenDisruptive,
  currentHop,
  expectedVersion,
  handoverOf,
  isBetweenOutages,
  isComplete,
  isDisruptive,
  nextInTurn,
  type Place,
  placesOf,
  provesElsewhere,
  provesFirst,
  turnStatusOf,
  unapprovedHop,
  undoRest,
  wasCutShort,
} from './progress.ts';
import { automaticRollback } from './rollback-policy.ts';
import { nextStatus, openSteps, type RunStatus, type TurnStatus } from './run-machine.ts';
import { endedAs } from './sentences.ts';
import { nodeOf, type Situation, serves } from './situation.ts';

export interface Decision {
  /** In order; each is legal after the one before. */
  readonly events: readonly RunEvent[];
  /** Of the order-dispatched events among them. */
  readonly orders: readonly Order[];
  readonly admissions: readonly Admission[];
  /** Nothing more can be decided before every node has looked at itself now. */
  readonly look: boolean;
}

export function decide(situation: Situation): Decision {
  const desk = new Desk(situation);
  if (situation.status.state !== 'active') return desk.decision();
  const reason = automaticRollback(situation);
  if (reason !== null) desk.emit({ type: 'rollback-started', actor: null, reason });
  for (const event of holdEvents(desk.now())) desk.emit(event);
  if (desk.status.aborting !== null) finishAbort(desk);
  else if (desk.status.way === 'back') goBack(desk);
  else goForward(desk);
  if (desk.status.aborting === null) putBackWhileHolding(desk);
  return desk.decision();
}

/** Collects what is decided, and folds it at once, so that the next question sees it. */
class Desk {
  readonly #situation: Situation;
  readonly #events: RunEvent[] = [];
  readonly #orders: Order[] = [];
  readonly #admissions: Admission[] = [];
  #look = false;
  status: RunStatus;

  constructor(situation: Situation) {
    this.#situation = situation;
    this.status = situation.status;
  }

  now(): Situation {
    return { ...this.#situation, status: this.status };
  }

  emit(event: RunEvent): void {
    this.status = nextStatus(this.status, event);
    this.#events.push(event);
  }

  /** True when the facts are fresh; else asks for a look and ends this round. */
  hasFreshFacts(): boolean {
    if (!this.#situation.fresh) this.#look = true;
    return this.#situation.fresh;
  }

  admits(admission: Admission): boolean {
    this.#admissions.push(admission);
    return admission.verdict === 'allow';
  }

  dispatch(turn: Turn, step: Step, attempt: number, target: NodeView): void {
    const { claim, runId, plan } = this.#situation;
    const steps = turnStatusOf(this.status, turn.id)?.steps ?? {};
    const order = orderOf({ runId, plan, step, attempt, target, claim, steps, effects: this.status.effects });
    this.emit({
      type: 'order-dispatched',
      turn: turn.id,
      step: step.id,
      attempt,
      instance: target.instance,
      epoch: claim.epoch,
      writer: claim.writer,
    });
    this.#orders.push(order);
  }

  decision(): Decision {
    return { events: this.#events, orders: this.#orders, admissions: this.#admissions, look: this.#look };
  }
}

/** Nothing new begins; but a node that a turn left down comes up again first, and what was set for the time is put back (P19, P20). */
function finishAbort(desk: Desk): void {
  const { plan } = desk.now();
  for (const { turn, chosen } of chosenDisruptive(plan, desk.status)) {
    if (!isBetweenOutages(turn, chosen) || isGivenUp(turn, chosen)) continue;
    continueTurn(desk, turn, null);
    return;
  }
  if (openSteps(desk.status).length > 0) return;
  if (desk.status.effects.length > 0) {
    for (const effect of desk.status.effects) putBack(desk, effect);
    return;
  }
  desk.emit({ type: 'run-ended', state: 'aborted', reason: endedAs(desk.now(), desk.status.aborting) });
}

/** Somebody said of its failed step that it failed: they have the node in hand. */
function isGivenUp(turn: Turn, chosen: TurnStatus): boolean {
  const next = nextInTurn(turn, chosen);
  return next.kind === 'failed' && next.last.outcome === null;
}

/** Sends the plan's own step that puts an effect back, of the newest turn that has one: that turn opened it. */
function putBack(desk: Desk, effect: RunStatus['effects'][number]): void {
  for (const chosen of [...desk.status.turns].reverse()) {
    const turn = placesOf(desk.now().plan).find((place) => place.turn.id === chosen.turn)?.turn;
    const variant = turn === undefined ? null : variantFor(turn, chosen.role);
    const steps = variant === null ? [] : allSteps(variant).filter((each) => putsBack(each, effect));
    if (turn === undefined || steps.length === 0) continue;
    if (steps.some(({ id }) => ['dispatched', 'unknown'].includes(chosen.steps[id]?.state ?? ''))) return;
    const step = steps.find(({ id }) => chosen.steps[id]?.state !== 'failed' || desk.now().dueAgain.has(id));
    if (step !== undefined) send(desk, turn, step, (chosen.steps[step.id]?.attempt ?? 0) + 1);
    return;
  }
}

const putsBack = (step: Step, effect: RunStatus['effects'][number]): boolean =>
  step.body.kind === 'unset' &&
  step.body.key === effect.key &&
  step.executor.kind === 'instance' &&
  step.executor.instance === effect.instance;

/**
 * A turn stands still for a person, and its node serves as before: what was set for the time of its outage goes back at once. While the node
 * is out it stays, for commits would hang without it.
 */
function putBackWhileHolding(desk: Desk): void {
  const { plan } = desk.now();
  if (desk.status.effects.length === 0 || openSteps(desk.status).length > 0 || !desk.now().fresh) return;
  const standing = chosenDisruptive(plan, desk.status).filter(({ turn, chosen }) => {
    const next = nextInTurn(turn, chosen);
    const waits = next.kind === 'failed' && next.last.hold?.releasedBy === 'person' && chosen.way === desk.status.way;
    return waits && !isBetweenOutages(turn, chosen) && serves(nodeOf(desk.now(), turn.instance ?? ''));
  });
  for (const { turn, chosen } of standing) {
    const steps = variantFor(turn, chosen.role)?.steps ?? [];
    const own = desk.status.effects.filter((effect) => steps.some((step) => putsBack(step, effect)));
    for (const effect of own) putBack(desk, effect);
  }
}

function goForward(desk: Desk): void {
  const { plan } = desk.now();
  const hop = currentHop(plan, desk.status);
  if (hop === null) {
    finish(desk);
    return;
  }
  // Its hold was judged before the hop before it ended.
  if (unapprovedHop(plan, desk.status) !== null) {
    for (const event of holdEvents(desk.now())) desk.emit(event);
    return;
  }
  const places = placesOf(plan).filter((place) => place.hop.id === hop.id);
  for (const group of groupsOf(places)) {
    const isDisruptiveGroup = group[0]?.turn.disruptive === true;
    const went = isDisruptiveGroup ? advanceDisruptive(desk, hop, group) : advanceHarmless(desk, group);
    if (!went) return;
    if (isDisruptiveGroup && hop.finalize !== 'none' && desk.status.hops[hop.id] === 'rolling')
      desk.emit({ type: 'hop-state', hop: hop.id, state: 'unfinalized' });
  }
  if (!desk.hasFreshFacts() || desk.status.holds.length > 0 || !allSeenWell(desk)) return;
  if (desk.status.hops[hop.id] === 'unfinalized') desk.emit({ type: 'hop-state', hop: hop.id, state: 'finalizing' });
  desk.emit({ type: 'hop-state', hop: hop.id, state: 'finalized' });
  goForward(desk);
}

function finish(desk: Desk): void {
  const { status } = desk;
  if (!desk.hasFreshFacts() || status.holds.length > 0 || status.paused !== null) return;
  for (const effect of status.effects) putBack(desk, effect);
  if (desk.status.effects.length > 0 || !allSeenWell(desk)) return;
  desk.emit({ type: 'run-ended', state: 'done', reason: `every node runs ${desk.now().plan.to} and is in service` });
}

/** P15: no end without having seen every node now, in service with the version that it must run. An agent that is not linked yet shows nothing. */
function allSeenWell(desk: Desk): boolean {
  const { plan } = desk.now();
  const wrong = plan.nodes.filter((planned) => {
    const node = nodeOf(desk.now(), planned.instance);
    return !serves(node) || node?.facts?.version.running !== expectedVersion(plan, desk.status, planned.instance);
  });
  if (wrong.length === 0) return true;
  const names = wrong.map((node) => node.instance).join(', ');
  desk.admits({ subject: plan.cluster, verdict: 'wait', reason: `${names} not seen in service with the expected version` });
  return false;
}

/** Waves are barriers; the disruptive waves of a hop are one, because their turns are chosen among each other. */
function groupsOf(places: readonly Place[]): readonly (readonly Place[])[] {
  const groups = new Map<string, Place[]>();
  for (const place of places) {
    const key = place.turn.disruptive ? 'disruptive' : place.wave.id;
    groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  return [...groups.values()];
}

/** Goes on with what was chosen, then chooses as many as the wave may have open. True: the wave is over. */
function advanceHarmless(desk: Desk, group: readonly Place[]): boolean {
  for (const { turn } of group) continueTurn(desk, turn);
  const rest = group.filter(({ turn }) => turnStatusOf(desk.status, turn.id) === null);
  const open = group.filter(({ turn }) => turnStatusOf(desk.status, turn.id) !== null && !isComplete(turn, desk.status));
  if (rest.length === 0) return open.length === 0;
  if (!desk.hasFreshFacts()) return false;
  for (const { turn, hop } of rest.slice(0, Math.max(0, (group[0]?.wave.parallel ?? 1) - open.length))) {
    if (!desk.admits(admitHarmless(desk.now(), turn))) continue;
    startHop(desk, hop);
    if (group[0]?.phase.name === 'finalize' && desk.status.hops[hop.id] === 'unfinalized')
      desk.emit({ type: 'hop-state', hop: hop.id, state: 'finalizing' });
    choose(desk, turn, 'forward');
    continueTurn(desk, turn);
  }
  return false;
}

/** One node at a time. True: every node of the hop had its turn and is still proven. */
function advanceDisruptive(desk: Desk, hop: Hop, group: readonly Place[]): boolean {
  for (const { turn } of group) continueTurn(desk, turn);
  const chosen = group.filter(({ turn }) => turnStatusOf(desk.status, turn.id) !== null);
  const open = chosen.filter(({ turn }) => !isComplete(turn, desk.status));
  if (open.length > 0) {
    // Its outage may wait for proofs of the others: whoever began another life meanwhile gives them again, or it would wait for ever.
    if (desk.now().fresh)
      proveAgain(
        desk,
        chosen.filter((place) => !open.includes(place)),
      );
    return false;
  }
  if (!desk.hasFreshFacts()) return false;
  if (proveAgain(desk, chosen)) return false;
  const rest = group.filter((place) => !chosen.includes(place));
  if (rest.length === 0) return true;
  const { procedure, view } = desk.now();
  const [first] = procedure.eligible(
    rest.map(({ turn }) => turn.instance ?? ''),
    view,
    hop.direction,
  );
  const turn = rest.find((place) => place.turn.instance === first)?.turn;
  if (turn === undefined || !desk.admits(admitForward(desk.now(), turn, hop.maxOutOfService))) return false;
  startHop(desk, hop);
  choose(desk, turn, 'forward');
  continueTurn(desk, turn);
  return false;
}

/** Nodes that began another life after their gates have to pass them again, before anything else is touched (P2). */
function proveAgain(desk: Desk, chosen: readonly Place[]): boolean {
  const { plan, view } = desk.now();
  let again = false;
  for (const { turn } of chosen) {
    if (provesElsewhere(plan, desk.status, turn.instance ?? '')) continue;
    const life = nodeOf({ view }, turn.instance ?? '')?.facts?.incarnation ?? null;
    const status = turnStatusOf(desk.status, turn.id);
    if (status === null || nextInTurn(turn, status, life).kind === 'complete') continue;
    again = true;
    continueTurn(desk, turn, life);
  }
  return again;
}

function startHop(desk: Desk, hop: Hop): void {
  if ((desk.status.hops[hop.id] ?? 'pending') === 'pending') desk.emit({ type: 'hop-state', hop: hop.id, state: 'rolling' });
}

function choose(desk: Desk, turn: Turn, way: 'forward' | 'back'): void {
  const before = turnStatusOf(desk.status, turn.id)?.role ?? turn.expectedRole ?? '';
  const role = nodeOf(desk.now(), turn.instance ?? '')?.facts?.role ?? before;
  const known = turn.variants.some((variant) => variant.role === role || variant.role === '');
  desk.emit({ type: 'turn-chosen', turn: turn.id, role: known ? role : before, way });
}

/** Sends the next order of a chosen turn, if there is one that may go now. */
function continueTurn(desk: Desk, turn: Turn, life: TurnStatus['incarnation'] = null): void {
  const chosen = turnStatusOf(desk.status, turn.id);
  if (chosen === null || chosen.way !== desk.status.way) return;
  const next = nextInTurn(turn, chosen, life);
  if (next.kind === 'dispatch') send(desk, turn, next.step, next.attempt);
  else if (next.kind === 'failed' && desk.now().dueAgain.has(next.step.id)) send(desk, turn, next.step, next.last.attempt + 1);
}

function send(desk: Desk, turn: Turn, step: Step, attempt: number): void {
  if (isDisruptive(step) && !mayDisrupt(desk, turn, step)) return;
  if (step.tokenFrom !== undefined && tokenOf(step, turnStatusOf(desk.status, turn.id)?.steps ?? {}) === null) {
    desk.admits({ subject: step.id, verdict: 'wait', reason: `${step.tokenFrom} did not tell what ${step.title} must have` });
    return;
  }
  const target = executorOf(desk.now(), step, turn);
  if (target === null) {
    desk.admits({ subject: step.id, verdict: 'wait', reason: nobodyFor(step) });
    return;
  }
  desk.dispatch(turn, step, attempt, target);
}

/** Asked once more directly before an order that takes something out of service or changes what runs. */
function mayDisrupt(desk: Desk, turn: Turn, step: Step): boolean {
  if (!desk.hasFreshFacts()) return false;
  const { plan, status } = desk.now();
  const chosen = turnStatusOf(status, turn.id);
  if (chosen !== null && isBetweenOutages(turn, chosen)) return desk.admits(admitOnward(desk.now(), turn, step.id));
  const hop = placesOf(plan).find((place) => place.turn.id === turn.id)?.hop;
  const admit = status.way === 'back' ? admitBack : admitForward;
  return desk.admits(admit(withoutOwnHolds(desk, step), turn, hop?.maxOutOfService ?? 1, step.id));
}

/** The hold that says "it is tried again by itself" does not keep it from being tried again. */
function withoutOwnHolds(desk: Desk, step: Step): Situation {
  const situation = desk.now();
  const holds = situation.status.holds.filter((hold) => hold.subject !== step.id);
  return { ...situation, status: { ...situation.status, holds } };
}

function nobodyFor({ executor, title }: Step): string {
  const missing = executor.kind === 'role' ? `no linked ${executor.role}` : 'no linked peer';
  return `nobody is there to carry out ${title}: ${missing} is in service`;
}

/**
 * A pure rule: the instance itself; who has the role by its fresh facts; or of its linked peers in service the one with the preferred role, then the lowest name. Another role only
 * stands in when every peer is known not to have the preferred one: after a restart of the controller, agents link one after the other.
 */
export function executorOf(situation: Situation, step: Step, turn: Turn): NodeView | null {
  const { executor } = step;
  if (executor.kind === 'instance') return nodeOf(situation, executor.instance);
  if (executor.kind === 'role') return situation.view.nodes.find((node) => serves(node) && node.facts?.role === executor.role) ?? null;
  const peers = situation.view.nodes.filter((node) => node.instance !== executor.of && node.instance !== turn.instance && serves(node));
  const preferred = peers.filter((node) => node.facts?.role === executor.preferRole);
  const others = situation.plan.nodes.filter(({ instance }) => instance !== executor.of && instance !== turn.instance);
  const allKnown = others.every(({ instance }) => serves(nodeOf(situation, instance)));
  if (preferred.length === 0 && executor.preferRole !== null && !allKnown) return null;
  const [first] = [...(preferred.length > 0 ? preferred : peers)].sort((a, b) => (a.instance < b.instance ? -1 : 1));
  return first ?? null;
}

function goBack(desk: Desk): void {
  const { plan } = desk.now();
  const hop = currentHop(plan, desk.status);
  if (hop !== null && ['rolling', 'unfinalized'].includes(desk.status.hops[hop.id] ?? ''))
    desk.emit({ type: 'hop-state', hop: hop.id, state: 'reverting' });
  if (failedUndo(desk)) return;
  // Who leads is open until a person has said it: taking anything back before could make a second leader.
  if (chosenDisruptive(plan, desk.status).some(({ turn, chosen }) => handoverOf(turn, chosen) === 'open')) return;
  for (const { turn } of chosenDisruptive(plan, desk.status)) continueTurn(desk, turn);
  if (
    openSteps(desk.status).length > 0 ||
    desk.status.turns.some((turn) => Object.values(turn.steps).some((step) => step.state === 'unknown'))
  )
    return;
  const next = nextBack(desk);
  if (next === null) {
    finishBack(desk, hop);
    return;
  }
  if (next.chosen.way === 'back' || !desk.hasFreshFacts()) return;
  if (!desk.admits(admitBack(desk.now(), next.turn, next.hop.maxOutOfService))) return;
  choose(desk, next.turn, 'back');
  continueTurn(desk, next.turn);
}

/**
 * What is under way first; then a role that was handed over, for the others are taken back in the roles that they had; then who is out
 * already; then as the engine goes in the other direction. Among equals last chosen first.
 */
function nextBack(desk: Desk): ReturnType<typeof undoRest>[number] | null {
  const { plan, procedure, view } = desk.now();
  const rest = undoRest(plan, desk.status);
  const first =
    rest.find(({ chosen }) => chosen.way === 'back') ??
    rest.find(({ turn, chosen }) => handoverOf(turn, chosen) === 'after') ??
    rest.find(({ turn }) => !serves(nodeOf(desk.now(), turn.instance ?? '')));
  if (first !== undefined) return first;
  const instances = rest.map(({ turn }) => turn.instance ?? '');
  const eligible = procedure.eligible(instances, view, rest[0]?.hop.direction === 'downgrade' ? 'upgrade' : 'downgrade');
  return rest.find(({ turn }) => eligible.includes(turn.instance ?? '')) ?? rest[0] ?? null;
}

/** An undo that failed ends the run: a person must look. What passes by itself is tried again first. */
function failedUndo(desk: Desk): boolean {
  for (const { turn, chosen } of chosenDisruptive(desk.now().plan, desk.status)) {
    if (chosen.way !== 'back') continue;
    const next = nextInTurn(turn, chosen);
    if (next.kind !== 'failed' || next.last.hold?.releasedBy === 'itself' || provesFirst(turn, chosen, next.step.id)) continue;
    // Done only once, and cut short: a person says what it came to, and the way back goes on.
    if (wasCutShort(next.step, next.last)) continue;
    const why = next.last.hold?.detail ?? 'it failed';
    desk.emit({
      type: 'run-ended',
      state: 'stuck',
      reason: `${turn.instance} could not be taken back: ${why}; ${endedAs(desk.now(), null)}`,
    });
    return true;
  }
  return false;
}

/** A later hop is taken back to where the one before it ended. */
const whatItRan = (plan: Plan, hop: Hop | null): string =>
  hop === null || hop === plan.hops[0] ? 'what it ran before' : `what it ran before this hop, ${hop.from},`;

/** Rolled back is what was observed: every node runs what it ran before, and is in service. */
function finishBack(desk: Desk, hop: Hop | null): void {
  const { plan } = desk.now();
  if (!desk.hasFreshFacts()) return;
  for (const effect of desk.status.effects) putBack(desk, effect);
  if (desk.status.effects.length > 0 || openSteps(desk.status).length > 0) return;
  if (desk.status.holds.length > 0 || !allSeenWell(desk)) return;
  if (hop !== null && desk.status.hops[hop.id] === 'reverting') desk.emit({ type: 'hop-state', hop: hop.id, state: 'pending' });
  const reason = desk.status.rollback?.reason ?? '';
  desk.emit({
    type: 'run-ended',
    state: 'rolled-back',
    reason: `every node runs ${whatItRan(plan, hop)} and is in service${reason === '' ? '' : `; ${reason}`}`,
  });
}
