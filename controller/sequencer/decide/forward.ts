/** PURE. The way there: hop by hop, wave by wave, one node at a time. */
import { isControllerBody } from '../../../common/controller-body.ts';
import type { Hop } from '../../../common/plan.ts';
import { doneText } from '../../views/text.ts';
import { isOfRoll, isWaved, type Place } from '../run/run-index.ts';
import { onlyWaits, openSteps, waitingSteps } from '../run/run-status.ts';
import { nextInTurn } from '../run/turn-progress.ts';
import { admitForward, admitHarmless } from './admission.ts';
import { allSeenWell, type DecisionBuilder } from './decision.ts';
import { eligibleNow, nodeOf } from './decision-input.ts';
import { holdEvents } from './holds.ts';
import { choose, continueTurn, restoreEffect } from './turn.ts';
import { advanceWave } from './waves.ts';

/** Goes on with what is open, else chooses what is next; ends the run behind the last hop. */
export function goForward(builder: DecisionBuilder): void {
  const hop = builder.index.currentHop;
  if (hop === null) {
    finish(builder);
    return;
  }
  // Its hold was judged before the hop before it ended.
  if (builder.index.unapprovedHop !== null) {
    for (const event of holdEvents(builder.now())) builder.emit(event);
    return;
  }
  const places = builder.index.placesToRun.filter((place) => place.hop.id === hop.id);
  for (const group of groupsOf(places)) {
    const went = advance(builder, hop, group);
    if (!went) {
      rest(builder, hop);
      return;
    }
    if (
      group[0]?.turn.disruptive === true &&
      group[0].phase.name !== 'finalize' &&
      isUpgraded(builder, hop) &&
      hop.finalize.policy !== 'none' &&
      builder.status.hops[hop.id] === 'rolling'
    )
      builder.emit({ type: 'hop-state', hop: hop.id, state: 'unfinalized' });
  }
  if (!builder.hasFreshFacts() || builder.status.holds.length > 0 || !allSeenWell(builder)) return;
  if (builder.status.hops[hop.id] === 'unfinalized') builder.emit({ type: 'hop-state', hop: hop.id, state: 'finalizing' });
  builder.emit({ type: 'hop-state', hop: hop.id, state: 'finalized' });
  goForward(builder);
}

function advance(builder: DecisionBuilder, hop: Hop, group: readonly Place[]): boolean {
  const [first] = group;
  if (first !== undefined && isWaved(first)) return advanceWave(builder, group, () => startHop(builder, hop));
  return first?.turn.disruptive === true ? advanceDisruptive(builder, hop, group) : advanceHarmless(builder, group);
}

/** Every node that the hop takes to its version had all its turns. */
const isUpgraded = ({ index }: DecisionBuilder, hop: Hop): boolean =>
  index.places.every(
    (place) => place.hop !== hop || place.phase.name === 'finalize' || !place.turn.disruptive || index.isComplete(place.turn),
  );

function finish(builder: DecisionBuilder): void {
  const { status } = builder;
  if (!builder.hasFreshFacts() || status.holds.length > 0 || status.paused !== null) return;
  for (const effect of status.effects) restoreEffect(builder, effect);
  if (builder.status.effects.length > 0 || !allSeenWell(builder)) return;
  builder.emit({ type: 'run-ended', state: 'done', reason: doneText(builder.now()) });
}

/** Waves are barriers; canary and roll are one, because their turns are chosen among each other. */
function groupsOf(places: readonly Place[]): readonly (readonly Place[])[] {
  const groups = new Map<string, Place[]>();
  for (const place of places) {
    const key = isOfRoll(place) ? 'disruptive' : place.wave.id;
    groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  return [...groups.values()];
}

/** Goes on with what was chosen, then chooses as many as the wave may have open. True: the wave is over. */
function advanceHarmless(builder: DecisionBuilder, group: readonly Place[]): boolean {
  for (const { turn } of group) continueTurn(builder, turn);
  const rest = group.filter(({ turn }) => builder.index.chosen(turn.id) === null);
  const open = group.filter(({ turn }) => builder.index.chosen(turn.id) !== null && !builder.index.isComplete(turn));
  if (rest.length === 0) return open.length === 0;
  if (!builder.hasFreshFacts()) return false;
  for (const { turn, hop } of rest.slice(0, Math.max(0, (group[0]?.wave.parallel ?? 1) - open.length))) {
    if (!builder.admits(admitHarmless(builder.now(), turn))) continue;
    startHop(builder, hop);
    beginFinalizing(builder, hop, group);
    choose(builder, turn, 'forward');
    continueTurn(builder, turn);
  }
  return false;
}

/** One node at a time. True: every node of the hop had its turn and is still proven. */
function advanceDisruptive(builder: DecisionBuilder, hop: Hop, group: readonly Place[]): boolean {
  for (const { turn } of group) continueTurn(builder, turn);
  const chosen = group.filter(({ turn }) => builder.index.chosen(turn.id) !== null);
  const open = chosen.filter(({ turn }) => !builder.index.isComplete(turn));
  if (open.length > 0) {
    // Its downtime may wait for proofs of the others: a node that began another incarnation meanwhile gives them again, or it would wait for ever.
    if (builder.now().fresh)
      proveAgain(
        builder,
        chosen.filter((place) => !open.includes(place)),
      );
    return false;
  }
  // What stands behind it has begun: its nodes prove themselves again at the next probe that somebody else asks for.
  if (onlyWaits(builder.status) && !builder.now().fresh) return chosen.length === group.length;
  if (!builder.hasFreshFacts()) return false;
  if (proveAgain(builder, chosen)) return false;
  const rest = group.filter((place) => !chosen.includes(place));
  if (rest.length === 0) return true;
  const [first] = eligibleNow(
    builder.now(),
    rest.map(({ turn }) => turn.instance ?? ''),
    hop.direction,
  );
  const turn = rest.find((place) => place.turn.instance === first)?.turn;
  if (turn === undefined || !builder.admits(admitForward(builder.now(), turn, hop.maxDown))) return false;
  startHop(builder, hop);
  beginFinalizing(builder, hop, group);
  choose(builder, turn, 'forward');
  continueTurn(builder, turn);
  return false;
}

function beginFinalizing(builder: DecisionBuilder, hop: Hop, group: readonly Place[]): void {
  if (finalizes(group) && builder.status.hops[hop.id] === 'unfinalized')
    builder.emit({ type: 'hop-state', hop: hop.id, state: 'finalizing' });
}

/** Nodes that began another life after their gates have to pass them again, before anything else is touched (P2). */
function proveAgain(builder: DecisionBuilder, chosen: readonly Place[]): boolean {
  const { view } = builder.now();
  let again = false;
  for (const { turn } of chosen) {
    if (builder.index.provesElsewhere(turn.instance ?? '') || builder.index.isSuperseded(turn)) continue;
    const incarnation = nodeOf({ view }, turn.instance ?? '')?.facts?.incarnation ?? null;
    const status = builder.index.chosen(turn.id);
    if (status === null || nextInTurn(turn, status, incarnation).kind === 'complete') continue;
    again = true;
    continueTurn(builder, turn, incarnation);
  }
  return again;
}

function startHop(builder: DecisionBuilder, hop: Hop): void {
  if ((builder.status.hops[hop.id] ?? 'pending') !== 'pending') return;
  const { procedure, view } = builder.now();
  if (procedure.metrics !== undefined) builder.emit({ type: 'baseline-taken', hop: hop.id, metrics: procedure.metrics(view) });
  builder.emit({ type: 'hop-state', hop: hop.id, state: 'rolling' });
}

/** Its orders make the new version the committed one; the word that it waits for does not. */
function finalizes([place]: readonly Place[]): boolean {
  const steps = place?.turn.variants.flatMap((variant) => variant.steps) ?? [];
  return place?.phase.name === 'finalize' && steps.some(({ body }) => !isControllerBody(body));
}

/** Nothing is left to do before a person has said so, and nothing holds: until then the cluster is free for repairs. */
function rest(builder: DecisionBuilder, hop: Hop): void {
  const { status } = builder;
  if (status.holds.length > 0 || status.paused !== null || openSteps(status).length > 0) return;
  const at = waitingSteps(status).find(({ step }) => {
    const body = builder.index.step(step)?.step.body;
    return body?.kind === 'consent' && body.rests !== undefined;
  });
  if (at !== undefined) builder.emit({ type: 'rested', hop: hop.id, turn: at.turn, step: at.step });
}
