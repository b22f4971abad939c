/** PURE. Settings that were changed for the time of a downtime go back to what they were (P19). */
import { type Step, type Turn, variantFor } from '../../../common/plan.ts';
import { type OpenEffect, openSteps, type TurnStatus } from '../run/run-status.ts';
import { allSteps, isBetweenDowntimes, nextInTurn } from '../run/turn-progress.ts';
import type { DecisionBuilder } from './decision.ts';
import { nodeOf, serves } from './decision-input.ts';
import { send } from './turn.ts';

/** Sends the plan's own step that puts an effect back, of the newest turn that has one: that turn opened it. */
export function restoreEffect(builder: DecisionBuilder, effect: OpenEffect): void {
  for (const chosen of [...builder.status.turns].reverse()) {
    const turn = builder.index.place(chosen.turn)?.turn;
    const steps = restoringSteps(turn, chosen, effect);
    if (turn === undefined || steps.length === 0) continue;
    if (steps.some(({ id }) => ['dispatched', 'unknown'].includes(chosen.steps[id]?.state ?? ''))) return;
    const step = steps.find(({ id }) => chosen.steps[id]?.state !== 'failed' || builder.now().dueAgain.has(id));
    if (step !== undefined) send(builder, turn, step);
    return;
  }
}

function restoringSteps(turn: Turn | undefined, { role }: TurnStatus, effect: OpenEffect): readonly Step[] {
  const variant = turn === undefined ? null : variantFor(turn, role);
  return variant === null ? [] : allSteps(variant).filter((each) => restores(each, effect));
}

/** Of the whole cluster it is restored by the node that can, else where it was opened; who opened it may have been chosen then (P19). */
const restores = ({ body, executor }: Step, effect: OpenEffect): boolean =>
  body.kind === 'unset' &&
  body.key === effect.key &&
  (effect.scope === 'cluster' || executor.kind !== 'instance' || executor.instance === effect.instance);

/**
 * What was set for the turn of an excluded node, there or elsewhere: restored while the node serves; else it stays, for what it was set for goes
 * on, and the run's end names it. So no run waits for a node that does not come back (P19).
 */
export function leaveEffects(builder: DecisionBuilder): void {
  const { lost } = builder.now();
  for (const { instance } of builder.status.excluded) {
    const own = builder.status.effects.filter((effect) => isOfTurn(builder, effect, instance));
    if (own.length === 0 || !(lost.has(instance) || builder.hasFreshFacts())) continue;
    const isThere = !lost.has(instance) && serves(nodeOf(builder.now(), instance));
    for (const effect of own) {
      if (isThere && !failedForGood(builder, effect)) restoreEffect(builder, effect);
      else builder.emit({ type: 'effect-closed', instance: effect.instance, key: effect.key, leftFor: instance });
    }
  }
}

/** Opened there, or for the time of its turn. */
function isOfTurn({ status, index }: DecisionBuilder, effect: OpenEffect, instance: string): boolean {
  if (effect.scope !== 'cluster' && effect.instance === instance) return true;
  const newest = [...status.turns].reverse().find((chosen) => restoringSteps(index.place(chosen.turn)?.turn, chosen, effect).length > 0);
  return newest !== undefined && index.place(newest.turn)?.turn.instance === instance;
}

function failedForGood({ status, index }: DecisionBuilder, effect: OpenEffect): boolean {
  return status.turns.some((chosen) =>
    restoringSteps(index.place(chosen.turn)?.turn, chosen, effect).some(({ id }) => {
      const last = chosen.steps[id];
      return last?.state === 'failed' && last.hold?.releasedBy === 'person';
    }),
  );
}

/**
 * A turn stands still for a person, and its node serves as before: what was set for the time of its downtime goes back at once. While the node
 * is out it stays, for commits would hang without it.
 */
export function restoreWhileHolding(builder: DecisionBuilder): void {
  if (builder.status.effects.length === 0 || openSteps(builder.status).length > 0 || !builder.now().fresh) return;
  const standing = builder.index.chosenDisruptive.filter(({ turn, chosen }) => {
    const next = nextInTurn(turn, chosen);
    const waits = next.kind === 'failed' && next.last.hold?.releasedBy === 'person' && chosen.way === builder.status.way;
    return waits && !isBetweenDowntimes(turn, chosen) && serves(nodeOf(builder.now(), turn.instance ?? ''));
  });
  for (const { turn, chosen } of standing) {
    const steps = variantFor(turn, chosen.role)?.steps ?? [];
    const own = builder.status.effects.filter((effect) => steps.some((step) => restores(step, effect)));
    for (const effect of own) restoreEffect(builder, effect);
  }
}
