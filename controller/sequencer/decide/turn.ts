/** PURE. The next order of a turn: whether it may go now, and who carries it out. */
import type { Step, Turn } from '../../../common/plan.ts';
import { isOfRoll, isWaved, type PlacedStep, runIndex } from '../run/run-index.ts';
import { findStep, type TurnStatus } from '../run/run-status.ts';
import { isBetweenDowntimes, isDisruptive, isHealthCheck, nextInTurn, owedProof } from '../run/turn-progress.ts';
import { admitBack, admitForward, admitOnward, admitWave } from './admission.ts';
import type { DecisionBuilder } from './decision.ts';
import { type DecisionInput, nodeOf } from './decision-input.ts';
import { chosenExecutor, nobodyFor } from './executors.ts';
import { tokenOf } from './orders.ts';
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
export function send(builder: DecisionBuilder, turn: Turn, step: Step): void {
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
