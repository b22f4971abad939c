/** PURE. The next step of a turn, and settings that were changed for its time: restored when it is over (P19). */
import { type Step, type Turn, variantFor } from '../../../common/plan.ts';
import { isOfRoll, isWaved, type PlacedStep, runIndex } from '../run/run-index.ts';
import { findStep, type OpenEffect, openSteps, type TurnStatus } from '../run/run-status.ts';
import { allSteps, isBetweenDowntimes, isDisruptive, isHealthCheck, nextInTurn, owedProof } from '../run/turn-progress.ts';
import { admitBack, admitForward, admitOnward, admitWave } from './admission.ts';
import { type DecisionBuilder, tokenOf } from './decision.ts';
import { type DecisionInput, nodeOf, serves } from './decision-input.ts';
import { chosenExecutor, nobodyFor } from './executors.ts';
import { nextLabel } from './roles.ts';

/** Begins a turn, in the role that its node has now. */
export function choose(builder: DecisionBuilder, turn: Turn, way: 'forward' | 'back'): void {
  const before = builder.index.chosen(turn.id)?.role ?? turn.expectedRole ?? '';
  const role = nodeOf(builder.now(), turn.instance ?? '')?.facts?.role ?? before;
  const known = turn.variants.some((variant) => variant.role === role || variant.role === '');
  const { plan } = builder.now();
  const place = builder.index.place(turn.id);
  const phase =
    place === null || way === 'back' ? {} : { phase: isOfRoll(place) ? nextLabel(plan, builder.status, place.hop) : place.phase.name };
  const node = turn.instance === null ? {} : { instance: turn.instance };
  builder.emit({ type: 'turn-chosen', turn: turn.id, role: known ? role : before, way, ...node, ...phase });
}

/** Sends the next order of a chosen turn, if there is one that may go now. */
export function continueTurn(builder: DecisionBuilder, turn: Turn, incarnation: TurnStatus['incarnation'] = null): void {
  const chosen = builder.index.chosen(turn.id);
  if (chosen === null || chosen.way !== builder.status.way) return;
  const next = nextInTurn(turn, chosen, incarnation);
  if (next.kind === 'dispatch' || (next.kind === 'failed' && builder.now().dueAgain.has(next.step.id))) send(builder, turn, next.step);
}

/** Asks the node of another turn for the proofs that it owes, as far as they are only to be given again. */
export function askAgain(builder: DecisionBuilder, { turn, chosen }: { readonly turn: Turn; readonly chosen: TurnStatus }): void {
  const incarnation = nodeOf(builder.now(), turn.instance ?? '')?.facts?.incarnation ?? null;
  const next = owedProof(turn, chosen, incarnation);
  if (next.kind === 'complete' || !isHealthCheck(next.step)) return;
  const isDue = next.kind === 'failed' && builder.now().dueAgain.has(next.step.id);
  if ((next.kind === 'dispatch' && next.attempt > 1) || isDue) send(builder, turn, next.step);
}

/** Dispatches the next attempt of a step, or says as an admission why it may not go now. */
function send(builder: DecisionBuilder, turn: Turn, step: Step): void {
  const newest = findStep(builder.status, step.id);
  // No plan that is made now has a step in two turns; one of an earlier release may.
  if (newest !== null && newest.turn !== turn.id && ['dispatched', 'waiting', 'unknown'].includes(newest.status.state)) {
    builder.admits({ subject: step.id, verdict: 'wait', reason: `${step.title} is under way in the turn ${newest.turn}` });
    return;
  }
  const attempt = (newest?.status.attempt ?? 0) + 1;
  if (step.executor.kind === 'controller') {
    builder.begin(turn, step, attempt);
    return;
  }
  if (isDisruptive(step)) {
    if (!mayDisrupt(builder, turn, step)) return;
    const lost = lostStaging(builder, turn, step);
    if (lost !== null) {
      send(builder, lost.turn, lost.step);
      return;
    }
  }
  if (step.tokenFrom !== undefined && tokenOf(step, builder.index.chosen(turn.id)?.steps ?? {}) === null) {
    builder.admits({ subject: step.id, verdict: 'wait', reason: `${step.tokenFrom} did not report what ${step.title} must have` });
    return;
  }
  const target = chosenExecutor(builder, turn, step);
  if (target === null) {
    // Who has just come back is not known from what was heard before.
    if (!builder.hasFreshFacts()) return;
    builder.admits({ subject: step.id, verdict: 'wait', reason: nobodyFor(builder, turn, step) });
    return;
  }
  builder.dispatch(turn, step, attempt, target);
}

/**
 * What staged the release that a downtime is about, where it is not on the host any more: the host was set up anew meanwhile. On the way forward
 * alone, for a rollback goes to what no run has staged. null: it is there, or nothing of this run brought it.
 */
function lostStaging(builder: DecisionBuilder, turn: Turn, { body }: Step): PlacedStep | null {
  const { plan, status } = builder.now();
  const node = nodeOf(builder.now(), turn.instance ?? '');
  if (body.kind !== 'downtime' || node?.facts == null || status.way === 'back' || status.aborting !== null) return null;
  const { toRelease } = body;
  if (node.facts.release.installed.includes(toRelease)) return null;
  const hostOf = (instance: string | null) => plan.nodes.find((each) => each.instance === instance)?.host;
  for (const place of builder.index.places) {
    if (hostOf(place.turn.instance) !== hostOf(turn.instance)) continue;
    const step = place.turn.variants
      .flatMap(({ steps }) => steps)
      .find((each) => each.body.kind === 'stage' && each.body.bundle.release === toRelease);
    if (step !== undefined && builder.index.chosen(place.turn.id)?.steps[step.id]?.state === 'done') return { ...place, step };
  }
  return null;
}

/** Asked once more directly before an order that takes something down or changes what runs. */
function mayDisrupt(builder: DecisionBuilder, turn: Turn, step: Step): boolean {
  if (!builder.hasFreshFacts()) return false;
  const { plan, status } = builder.now();
  const chosen = runIndex(plan, status).chosen(turn.id);
  if (chosen !== null && isBetweenDowntimes(turn, chosen)) return builder.admits(admitOnward(builder.now(), turn, step.id));
  const place = builder.index.place(turn.id);
  if (place !== null && isWaved(place)) return builder.admits(admitWave(withoutOwnHolds(builder, step), turn, step.id));
  const hop = place?.hop;
  const admit = status.way === 'back' ? admitBack : admitForward;
  return builder.admits(admit(withoutOwnHolds(builder, step), turn, hop?.maxDown ?? 1, step.id));
}

/** The hold that says that it is tried again by itself does not keep it from being tried again. */
function withoutOwnHolds(builder: DecisionBuilder, step: Step): DecisionInput {
  const input = builder.now();
  const holds = input.status.holds.filter((hold) => hold.subject !== step.id);
  return { ...input, status: { ...input.status, holds } };
}

// Settings that were changed for the time of a downtime go back to what they were (P19).

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
