/** PURE. Settings that were changed for the time of a downtime go back to what they were (P19). */
import { type Step, variantFor } from '../../../common/plan.ts';
import { type OpenEffect, openSteps } from '../run/run-status.ts';
import { allSteps, isBetweenDowntimes, nextInTurn } from '../run/turn-progress.ts';
import type { DecisionBuilder } from './decision.ts';
import { nodeOf, serves } from './decision-input.ts';
import { send } from './turn.ts';

/** Sends the plan's own step that puts an effect back, of the newest turn that has one: that turn opened it. */
export function restoreEffect(builder: DecisionBuilder, effect: OpenEffect): void {
  for (const chosen of [...builder.status.turns].reverse()) {
    const turn = builder.index.place(chosen.turn)?.turn;
    const variant = turn === undefined ? null : variantFor(turn, chosen.role);
    const steps = variant === null ? [] : allSteps(variant).filter((each) => restores(each, effect));
    if (turn === undefined || steps.length === 0) continue;
    if (steps.some(({ id }) => ['dispatched', 'unknown'].includes(chosen.steps[id]?.state ?? ''))) return;
    const step = steps.find(({ id }) => chosen.steps[id]?.state !== 'failed' || builder.now().dueAgain.has(id));
    if (step !== undefined) send(builder, turn, step, (chosen.steps[step.id]?.attempt ?? 0) + 1);
    return;
  }
}

/** Of the whole cluster it is restored by the node that can, else where it was opened; who opened it may have been chosen then (P19). */
const restores = ({ body, executor }: Step, effect: OpenEffect): boolean =>
  body.kind === 'unset' &&
  body.key === effect.key &&
  (effect.scope === 'cluster' || executor.kind !== 'instance' || executor.instance === effect.instance);

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
