/**
 * PURE. What to do next, from what was looked at. `decide` goes as far as it can without looking or acting: its events are committed together
 * and its orders are sent afterwards (P4). Asked again with nothing changed, it answers with nothing.
 */
import type { Turn } from '../../../common/plan.ts';
import { endedAs } from '../../views/text.ts';
import { hasWaves } from '../run/run-index.ts';
import { badSteps, isExcluded, openSteps, type TurnStatus } from '../run/run-status.ts';
import { endsRunning, handoverOf, isBetweenDowntimes, isDowntime, isHealthCheck, nextInTurn, stepsToRun } from '../run/turn-progress.ts';
import { goBack } from './backward.ts';
import { goOnWatching } from './controller-steps.ts';
import { type Decision, DecisionBuilder } from './decision.ts';
import type { DecisionInput } from './decision-input.ts';
import { releaseLost } from './executors.ts';
import { goForward } from './forward.ts';
import { holdEvents } from './holds.ts';
import { noteReplaced } from './replaced.ts';
import { automaticRollback } from './rollback-policy.ts';
import { choose, continueTurn, leaveEffects, restoreEffect, restoreWhileHolding } from './turn.ts';

export function decide(input: DecisionInput): Decision {
  const builder = new DecisionBuilder(input);
  if (input.status.state !== 'active') return builder.decision();
  if (!mayCommand(input)) {
    for (const event of holdEvents(input)) builder.emit(event);
    return builder.decision();
  }
  const reason = automaticRollback(input);
  if (reason !== null) builder.emit({ type: 'rollback-started', actor: null, reason });
  noteReplaced(builder);
  goOnWatching(builder);
  releaseLost(builder);
  leaveEffects(builder);
  excuse(builder);
  for (const event of holdEvents(builder.now())) builder.emit(event);
  if (builder.status.aborting !== null) finishAbort(builder);
  else if (builder.status.way === 'back') goBack(builder);
  else goForward(builder);
  if (builder.status.aborting === null) restoreWhileHolding(builder);
  return builder.decision();
}

/** A node that is not critical, or excluded, keeps nothing: what failed there for good is reported, and the run goes on. */
function excuse(builder: DecisionBuilder): void {
  for (const { turn, step, status } of badSteps(builder.status)) {
    const isOfExcluded = isExcluded(builder.status, builder.index.place(turn)?.turn.instance ?? null);
    if (!isOfExcluded || status.state !== 'failed' || status.hold?.releasedBy !== 'person') continue;
    builder.emit({ type: 'step-excused', turn, step, attempt: status.attempt, reason: status.hold.detail });
  }
  const { plan } = builder.now();
  const excused = new Set(plan.nodes.filter(({ critical }) => critical === false).map(({ instance }) => instance));
  for (const { turn: id } of builder.status.turns) {
    const [turn, chosen] = [builder.index.place(id)?.turn, builder.index.chosen(id)];
    if (turn === undefined || chosen === null || !excused.has(turn.instance ?? '')) continue;
    const next = nextInTurn(turn, chosen);
    if (next.kind !== 'failed' || next.last.hold === null) continue;
    const { attempt, hold } = next.last;
    if (hold.releasedBy !== 'person' && !(isHealthCheck(next.step) && wasExcused(builder, turn, chosen))) continue;
    // One that does not stop, or keeps another release, holds all the same: nothing changes under what runs.
    if (isDowntime(next.step) && !endsRunning(next.step)) continue;
    builder.emit({ type: 'step-excused', turn: id, step: next.step.id, attempt, reason: hold.detail });
  }
}

/** What failed of the node before, on this way of this hop, kept nothing: that it proves nothing afterwards is no reason to wait for it. */
function wasExcused({ index, status }: DecisionBuilder, { id, instance }: Turn, { way }: TurnStatus): boolean {
  const hop = index.place(id)?.hop;
  return status.turns.some((other) => {
    const place = other.way === way ? index.place(other.turn) : null;
    if (place === null || place.hop !== hop || place.turn.instance !== instance) return false;
    return stepsToRun(place.turn, other).some((step) => other.steps[step.id]?.state === 'excused');
  });
}

/** P5: a store that the fleet went on without commands nothing; and whether it did is known once every agent of the plan was heard. */
export function mayCommand({ behindFleet, unheard }: DecisionInput): boolean {
  return behindFleet === null && unheard.length === 0;
}

/**
 * Nothing new begins; but a node that a turn left down comes up again first, the way that the run goes, and so somebody leads; and what was
 * set for the time is restored (P19, P20).
 */
function finishAbort(builder: DecisionBuilder): void {
  for (const { hop, turn, chosen } of builder.index.chosenDisruptive) {
    // What one wave stopped another one started: a hop of waves can be aborted only while nothing of it is down.
    if (hasWaves(hop) || builder.index.isLeftOut(turn) || !isBetweenDowntimes(turn, chosen) || isGivenUp(turn, chosen)) continue;
    if (chosen.way !== builder.status.way) takeBack(builder, turn, chosen);
    continueTurn(builder, turn, null);
    return;
  }
  if (openSteps(builder.status).length > 0) return;
  if (builder.status.effects.length > 0) {
    for (const effect of builder.status.effects) restoreEffect(builder, effect);
    return;
  }
  builder.emit({ type: 'run-ended', state: 'aborted', reason: endedAs(builder.now(), builder.status.aborting) });
}

/** The rollback was said and had not come to this turn yet. As long as it is unknown who leads, it does not. */
function takeBack(builder: DecisionBuilder, turn: Turn, chosen: TurnStatus): void {
  if (handoverOf(turn, chosen) !== 'open' && builder.hasFreshFacts()) choose(builder, turn, 'back');
}

/** Somebody said of its failed step that it failed: they have the node in hand. */
function isGivenUp(turn: Turn, chosen: TurnStatus): boolean {
  const next = nextInTurn(turn, chosen);
  return next.kind === 'failed' && next.last.outcome === null;
}
