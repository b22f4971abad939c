/** PURE. The next order of a turn: whether it may go now, and who carries it out. */
import type { Step, Turn } from '../../../common/plan.ts';
import { isWaved, runIndex } from '../run/run-index.ts';
import type { TurnStatus } from '../run/run-status.ts';
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
    place === null || way === 'back'
      ? {}
      : { phase: turn.disruptive && !isWaved(place) ? nextLabel(plan, builder.status, place.hop) : place.phase.name };
  const node = turn.instance === null ? {} : { instance: turn.instance };
  builder.emit({ type: 'turn-chosen', turn: turn.id, role: known ? role : before, way, ...node, ...phase });
}

/** Sends the next order of a chosen turn, if there is one that may go now. */
export function continueTurn(builder: DecisionBuilder, turn: Turn, incarnation: TurnStatus['incarnation'] = null): void {
  const chosen = builder.index.chosen(turn.id);
  if (chosen === null || chosen.way !== builder.status.way) return;
  const next = nextInTurn(turn, chosen, incarnation);
  if (next.kind === 'dispatch') send(builder, turn, next.step, next.attempt);
  else if (next.kind === 'failed' && builder.now().dueAgain.has(next.step.id)) send(builder, turn, next.step, next.last.attempt + 1);
}

/** Asks the node of another turn for the proofs that it owes, as far as they are only to be given again. */
export function askAgain(builder: DecisionBuilder, { turn, chosen }: { readonly turn: Turn; readonly chosen: TurnStatus }): void {
  const incarnation = nodeOf(builder.now(), turn.instance ?? '')?.facts?.incarnation ?? null;
  const next = owedProof(turn, chosen, incarnation);
  if (next.kind === 'complete' || !isHealthCheck(next.step)) return;
  if (next.kind === 'dispatch' && next.attempt > 1) send(builder, turn, next.step, next.attempt);
  else if (next.kind === 'failed' && builder.now().dueAgain.has(next.step.id)) send(builder, turn, next.step, next.last.attempt + 1);
}

/** Dispatches an attempt of a step, or says as an admission why it may not go now. */
export function send(builder: DecisionBuilder, turn: Turn, step: Step, attempt: number): void {
  if (step.executor.kind === 'controller') {
    builder.begin(turn, step, attempt);
    return;
  }
  if (isDisruptive(step) && !mayDisrupt(builder, turn, step)) return;
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
