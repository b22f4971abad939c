/**
 * PURE. What to do next, from what was looked at. `decide` goes as far as it can without looking or acting: its events are committed together
 * and its orders are sent afterwards (P4). Asked again with nothing changed, it answers with nothing.
 */
import type { Turn } from '../../common/plan.ts';
import { choose, continueTurn } from './continue-turn.ts';
import { type Decision, Desk } from './desk.ts';
import { goBack } from './go-back.ts';
import { goForward } from './go-forward.ts';
import { holdEvents } from './holds.ts';
import { chosenDisruptive, handoverOf, isBetweenOutages, nextInTurn } from './progress.ts';
import { putBack, putBackWhileHolding } from './put-back.ts';
import { automaticRollback } from './rollback-policy.ts';
import { openSteps, type TurnStatus } from './run-status.ts';
import { endedAs } from './sentences.ts';
import type { Situation } from './situation.ts';

export function decide(situation: Situation): Decision {
  const desk = new Desk(situation);
  if (situation.status.state !== 'active') return desk.decision();
  if (!mayCommand(situation)) {
    for (const event of holdEvents(situation)) desk.emit(event);
    return desk.decision();
  }
  const reason = automaticRollback(situation);
  if (reason !== null) desk.emit({ type: 'rollback-started', actor: null, reason });
  for (const event of holdEvents(desk.now())) desk.emit(event);
  if (desk.status.aborting !== null) finishAbort(desk);
  else if (desk.status.way === 'back') goBack(desk);
  else goForward(desk);
  if (desk.status.aborting === null) putBackWhileHolding(desk);
  return desk.decision();
}

/** P5: a store that the fleet went on without commands nothing; and whether it did is known once every agent of the plan was heard. */
export function mayCommand({ behindFleet, unheard }: Situation): boolean {
  return behindFleet === null && unheard.length === 0;
}

/**
 * Nothing new begins; but a node that a turn left down comes up again first, the way that the run goes, and so somebody leads; and what was
 * set for the time is put back (P19, P20).
 */
function finishAbort(desk: Desk): void {
  const { plan } = desk.now();
  for (const { turn, chosen } of chosenDisruptive(plan, desk.status)) {
    if (!isBetweenOutages(turn, chosen) || isGivenUp(turn, chosen)) continue;
    if (chosen.way !== desk.status.way) takeBack(desk, turn, chosen);
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

/** The way back was said and had not come to this turn yet. As long as nobody knows who leads, it does not. */
function takeBack(desk: Desk, turn: Turn, chosen: TurnStatus): void {
  if (handoverOf(turn, chosen) !== 'open' && desk.hasFreshFacts()) choose(desk, turn, 'back');
}

/** Somebody said of its failed step that it failed: they have the node in hand. */
function isGivenUp(turn: Turn, chosen: TurnStatus): boolean {
  const next = nextInTurn(turn, chosen);
  return next.kind === 'failed' && next.last.outcome === null;
}
