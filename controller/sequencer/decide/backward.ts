/** PURE. The rollback: one node at a time, until every node runs what it ran before; and when it ends although the last health check did not pass. */
import type { Incarnation, NodeView } from '../../../common/facts.ts';
import type { Hop, Plan, Step, Turn } from '../../../common/plan.ts';
import { backText, endedAs } from '../../views/text.ts';
import { type ChosenPlace, hasWaves, type Place, versionAt } from '../run/run-index.ts';
import { isExcluded, openSteps, type TurnStatus } from '../run/run-status.ts';
import {
  handoverOf,
  isBetweenDowntimes,
  isBrokenOff,
  isChange,
  isUndone,
  nextInTurn,
  owedProof,
  provesFirst,
  stepsToRun,
  undoOf,
} from '../run/turn-progress.ts';
import { admitBack, unproven } from './admission.ts';
import { allSeenWell, type DecisionBuilder } from './decision.ts';
import { nodeOf, serves } from './decision-input.ts';
import { askAgain, choose, continueTurn, restoreEffect } from './turn.ts';
import { undoWaves } from './waves.ts';

/** Goes on with the node that is under way, else chooses the next one; ends the run when there is none left. */
export function goBack(builder: DecisionBuilder): void {
  const hop = builder.index.currentHop;
  if (hop !== null && ['rolling', 'unfinalized'].includes(builder.status.hops[hop.id] ?? ''))
    builder.emit({ type: 'hop-state', hop: hop.id, state: 'rolling-back' });
  if (!agreedToLoss(builder, hop)) return;
  if (endsOnFailure(builder)) return;
  if (hop !== null && hasWaves(hop)) {
    if (undoWaves(builder, hop) && undoPreparation(builder, hop)) finishBack(builder, hop);
    return;
  }
  // Who leads is open until a person has said it: rolling anything back before could make a second leader.
  if (builder.index.chosenDisruptive.some(({ turn, chosen }) => handoverOf(turn, chosen) === 'open')) return;
  for (const { turn } of builder.index.chosenDisruptive) continueTurn(builder, turn);
  const next = nextBack(builder);
  // Also while its downtime is open: one that is not known to have begun waits for them as well.
  if (next !== null && builder.now().fresh && serves(nodeOf(builder.now(), next.turn.instance ?? '')))
    for (const other of unproven(builder.now(), next.turn)) askAgain(builder, other);
  if (
    openSteps(builder.status).length > 0 ||
    builder.status.turns.some((turn) => Object.values(turn.steps).some((step) => step.state === 'unknown'))
  )
    return;
  if (next === null) {
    if (undoPreparation(builder, hop)) finishBack(builder, hop);
    return;
  }
  if (next.chosen.way === 'back' || !builder.hasFreshFacts()) return;
  if (!builder.admits(admitBack(builder.now(), next.turn, next.hop.maxDown))) return;
  choose(builder, next.turn, 'back');
  continueTurn(builder, next.turn);
}

/** What the rollback loses is agreed to before its first order. True: it is, or nothing is lost. */
function agreedToLoss(builder: DecisionBuilder, hop: Hop | null): boolean {
  const turn = hop?.rollbackConsent;
  const isTouched = builder.index.chosenDisruptive.some(
    (place) => place.turn.rollback !== 'lossless' && !builder.index.isLeftOut(place.turn) && undoOf(place.turn, place.chosen) !== 'none',
  );
  if (turn === undefined || !isTouched) return true;
  if (builder.index.chosen(turn.id) === null) choose(builder, turn, 'back');
  continueTurn(builder, turn);
  return builder.index.isComplete(turn);
}

/** What the cluster was told by verbs before its first node; settings go back as effects. True: nothing is left of it. */
function undoPreparation(builder: DecisionBuilder, hop: Hop | null): boolean {
  const told = builder.index.places.find((place) => place.hop === hop && place.phase.name === 'prepare');
  const chosen = told === undefined ? null : builder.index.chosen(told.turn.id);
  if (told === undefined || chosen === null || undoOf(told.turn, chosen) === 'none') return true;
  if (told.turn.variants.every(({ undo }) => undo.every(({ body }) => body.kind === 'unset'))) return true;
  if (chosen.way === 'forward') {
    if (!builder.hasFreshFacts() || openSteps(builder.status).length > 0) return false;
    choose(builder, told.turn, 'back');
  }
  continueTurn(builder, told.turn);
  return builder.index.isComplete(told.turn);
}

/**
 * What is under way first, unless it would take out a node that serves again while another one cannot give the proofs that it owes: then that
 * one (P2). Then a role that was handed over, for the others are rolled back in the roles that they had; then whose database is down; then
 * whose way there was broken off, for who follows it need not serve meanwhile; then who does not serve; then as the engine goes in the other
 * direction. Among equals last chosen first.
 */
function nextBack(builder: DecisionBuilder): ChosenPlace | null {
  const { procedure, view } = builder.now();
  const rest = builder.index.undoRest;
  const nodeIn = ({ turn }: ChosenPlace) => nodeOf(builder.now(), turn.instance ?? '');
  const incarnation = (each: ChosenPlace) => nodeIn(each)?.facts?.incarnation ?? null;
  const isUnprovable = (each: ChosenPlace) =>
    each.chosen.way === 'forward' && (isBackAlready(builder.now().plan, each, nodeIn(each)) || provesNoMore(each, incarnation(each)));
  const unprovable = rest.filter(isUnprovable).map(({ turn }) => turn.id);
  const isWaiting = (each: ChosenPlace) =>
    serves(nodeIn(each)) &&
    !isUndone(each.turn, each.chosen) &&
    unproven(builder.now(), each.turn).some(({ turn }) => unprovable.includes(turn.id));
  const first =
    rest.find((each) => each.chosen.way === 'back' && !isWaiting(each)) ??
    rest.find(({ turn, chosen }) => handoverOf(turn, chosen) === 'after') ??
    rest.find((each) => isDown(nodeIn(each))) ??
    rest.find(isUnprovable) ??
    rest.find((each) => !serves(nodeIn(each)));
  if (first !== undefined) return first;
  const instances = rest.map(({ turn }) => turn.instance ?? '');
  const eligible = procedure.eligible(instances, view, rest[0]?.hop.direction === 'downgrade' ? 'upgrade' : 'downgrade');
  return rest.find(({ turn }) => eligible.includes(turn.instance ?? '')) ?? rest[0] ?? null;
}

/** Broken off before its proofs were given, or they were asked for again and did not come. */
function provesNoMore({ turn, chosen }: { readonly turn: Turn; readonly chosen: TurnStatus }, incarnation: Incarnation | null): boolean {
  const owed = owedProof(turn, chosen, incarnation);
  return isBrokenOff(turn, chosen) || owed.kind === 'unknown' || (owed.kind === 'failed' && owed.last.hold?.releasedBy === 'person');
}

/** Rebuilt by hand with what it ran before: it will not prove itself as what it was upgraded to. */
function isBackAlready(plan: Plan, { hop, turn }: ChosenPlace, node: NodeView | null): boolean {
  return hop.from !== hop.to && node?.facts?.version.running === versionAt(plan, hop, turn.instance, 'back');
}

const isDown = (node: NodeView | null): boolean => node?.connected === true && node.facts !== null && node.facts.incarnation === null;

/**
 * Whether a failed step of the rollback ends the run: rolled back where only a health check speaks against what is seen, stuck where a person
 * gave the step up. Every other failure holds, so that its cause can be removed and the step is retried.
 */
function endsOnFailure(builder: DecisionBuilder): boolean {
  for (const place of builder.index.chosenDisruptive) {
    const { turn, chosen } = place;
    if (chosen.way !== 'back') continue;
    const next = nextInTurn(turn, chosen);
    if (next.kind !== 'failed' || next.last.hold?.releasedBy === 'automatic' || provesFirst(turn, chosen, next.step.id)) continue;
    // Its database was stopped for an order that starts it: ended here, the run would leave it stopped and held, with nothing to be said to it.
    if (isBetweenDowntimes(turn, chosen)) continue;
    const why = next.last.hold?.detail ?? 'it failed';
    if (endsThoughUnproven(builder, place, next.step, why)) return true;
    if (next.last.outcome !== null) continue;
    builder.emit({
      type: 'run-ended',
      state: 'stuck',
      reason: `${turn.instance} could not be rolled back: ${why}; ${endedAs(builder.now(), null)}`,
    });
    return true;
  }
  return false;
}

/** Rolled back is what was observed: every node runs what it ran before, and is in service. */
function finishBack(builder: DecisionBuilder, hop: Hop | null): void {
  if (!builder.hasFreshFacts()) return;
  for (const effect of builder.status.effects) restoreEffect(builder, effect);
  if (builder.status.effects.length > 0 || openSteps(builder.status).length > 0) return;
  if (builder.status.holds.length > 0 || !allSeenWell(builder)) return;
  if (hop !== null && builder.status.hops[hop.id] === 'rolling-back') builder.emit({ type: 'hop-state', hop: hop.id, state: 'pending' });
  const reason = builder.status.rollback?.reason ?? '';
  builder.emit({
    type: 'run-ended',
    state: 'rolled-back',
    reason: `${reason === '' ? '' : `${reason}; `}${backText(builder.now(), hop)}`,
  });
}

type Unproven = Place & { readonly chosen: TurnStatus };

/**
 * True when the failed step alone keeps the run from its end, and what the nodes report now contradicts it: then the run ends rolled back, and
 * says which check did not pass. True as well while that is still to be found out. False: a person must look.
 */
export function endsThoughUnproven(builder: DecisionBuilder, place: Unproven, step: Step, why: string): boolean {
  if (!isLastProof(builder, place, step)) return false;
  if (!builder.hasFreshFacts()) return true;
  if (!isHealthyAsBefore(builder, place)) return false;
  for (const effect of builder.status.effects) restoreEffect(builder, effect);
  if (openSteps(builder.status).length > 0) return true;
  // What was set for a time could not be restored: that is not the state of before.
  if (builder.status.effects.length > 0) return false;
  const { hop, turn } = place;
  if (builder.status.hops[hop.id] === 'rolling-back') builder.emit({ type: 'hop-state', hop: hop.id, state: 'pending' });
  const reason = `${backText(builder.now(), hop)}; "${step.title}" of ${turn.instance} did not pass: ${why}`;
  builder.emit({ type: 'run-ended', state: 'rolled-back', reason });
  return true;
}

/** It asks whether a member is in service, nothing after it changes a node, and no other node is still to be rolled back. */
function isLastProof(builder: DecisionBuilder, { turn, chosen }: Unproven, { id, body }: Step): boolean {
  if (body.kind !== 'await' || !['in-service', 'member-in-service'].includes(body.condition)) return false;
  const steps = stepsToRun(turn, chosen);
  if (steps.slice(steps.findIndex((each) => each.id === id)).some(isChange)) return false;
  return builder.index.undoRest.every((rest) => rest.turn.id === turn.id);
}

/** P15: by a probe of now, each node serves with the version of before, and as many lead as did. */
function isHealthyAsBefore(builder: DecisionBuilder, { turn, hop }: Unproven): boolean {
  const { plan, procedure, status } = builder.now();
  const leading = (roles: readonly (string | null | undefined)[]) => roles.filter((role) => role === procedure.leaderRole).length;
  const nodes = plan.nodes.map(({ instance }) => ({ instance, node: nodeOf(builder.now(), instance) }));
  if (leading(nodes.map(({ node }) => node?.facts?.role)) !== leading(plan.nodes.map(({ role }) => role))) return false;
  return nodes.every(({ instance, node }) => {
    if (isExcluded(status, instance)) return true;
    const before = instance === turn.instance ? versionAt(plan, hop, instance, 'back') : builder.index.expectedVersion(instance);
    return serves(node) && node?.facts?.version.running === before;
  });
}
