/** PURE. Settings that were changed for the time of an outage go back to what they were (P19). */
import { type Step, variantFor } from '../../common/plan.ts';
import { send } from './continue-turn.ts';
import type { Desk } from './desk.ts';
import { allSteps, chosenDisruptive, isBetweenOutages, nextInTurn, placesOf } from './progress.ts';
import { openSteps, type RunStatus } from './run-status.ts';
import { nodeOf, serves } from './situation.ts';

/** Sends the plan's own step that puts an effect back, of the newest turn that has one: that turn opened it. */
export function putBack(desk: Desk, effect: RunStatus['effects'][number]): void {
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
export function putBackWhileHolding(desk: Desk): void {
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
