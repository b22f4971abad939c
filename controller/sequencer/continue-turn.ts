/** PURE. The next order of a turn: whether it may go now, and who carries it out. */
import type { NodeView } from '../../common/cluster-view.ts';
import type { Step, Turn } from '../../common/plan.ts';
import { admitBack, admitForward, admitOnward } from './admission.ts';
import type { Desk } from './desk.ts';
import { tokenOf } from './orders.ts';
import { isBetweenOutages, isDisruptive, isProof, nextInTurn, owedProof, placesOf, turnStatusOf } from './progress.ts';
import { nextLabel } from './roles.ts';
import type { TurnStatus } from './run-status.ts';
import { nodeOf, type Situation, serves } from './situation.ts';

/** Begins a turn, in the role that its node has now. */
export function choose(desk: Desk, turn: Turn, way: 'forward' | 'back'): void {
  const before = turnStatusOf(desk.status, turn.id)?.role ?? turn.expectedRole ?? '';
  const role = nodeOf(desk.now(), turn.instance ?? '')?.facts?.role ?? before;
  const known = turn.variants.some((variant) => variant.role === role || variant.role === '');
  const { plan } = desk.now();
  const place = placesOf(plan).find((each) => each.turn.id === turn.id);
  const phase =
    place === undefined || way === 'back' ? {} : { phase: turn.disruptive ? nextLabel(plan, desk.status, place.hop) : place.phase.name };
  const node = turn.instance === null ? {} : { instance: turn.instance };
  desk.emit({ type: 'turn-chosen', turn: turn.id, role: known ? role : before, way, ...node, ...phase });
}

/** Sends the next order of a chosen turn, if there is one that may go now. */
export function continueTurn(desk: Desk, turn: Turn, life: TurnStatus['incarnation'] = null): void {
  const chosen = turnStatusOf(desk.status, turn.id);
  if (chosen === null || chosen.way !== desk.status.way) return;
  const next = nextInTurn(turn, chosen, life);
  if (next.kind === 'dispatch') send(desk, turn, next.step, next.attempt);
  else if (next.kind === 'failed' && desk.now().dueAgain.has(next.step.id)) send(desk, turn, next.step, next.last.attempt + 1);
}

/** Asks the node of another turn for the proofs that it owes, as far as they are only to be given again. */
export function askAgain(desk: Desk, { turn, chosen }: { readonly turn: Turn; readonly chosen: TurnStatus }): void {
  const life = nodeOf(desk.now(), turn.instance ?? '')?.facts?.incarnation ?? null;
  const next = owedProof(turn, chosen, life);
  if (next.kind === 'complete' || !isProof(next.step)) return;
  if (next.kind === 'dispatch' && next.attempt > 1) send(desk, turn, next.step, next.attempt);
  else if (next.kind === 'failed' && desk.now().dueAgain.has(next.step.id)) send(desk, turn, next.step, next.last.attempt + 1);
}

/** Dispatches an attempt of a step, or says as an admission why it may not go now. */
export function send(desk: Desk, turn: Turn, step: Step, attempt: number): void {
  if (isDisruptive(step) && !mayDisrupt(desk, turn, step)) return;
  if (step.tokenFrom !== undefined && tokenOf(step, turnStatusOf(desk.status, turn.id)?.steps ?? {}) === null) {
    desk.admits({ subject: step.id, verdict: 'wait', reason: `${step.tokenFrom} did not tell what ${step.title} must have` });
    return;
  }
  const target = executorOf(desk.now(), step, turn);
  if (target === null) {
    // Who has just come back is not known from what was heard before.
    if (!desk.hasFreshFacts()) return;
    desk.admits({ subject: step.id, verdict: 'wait', reason: nobodyFor(step) });
    return;
  }
  desk.dispatch(turn, step, attempt, target);
}

/** Asked once more directly before an order that takes something out of service or changes what runs. */
function mayDisrupt(desk: Desk, turn: Turn, step: Step): boolean {
  if (!desk.hasFreshFacts()) return false;
  const { plan, status } = desk.now();
  const chosen = turnStatusOf(status, turn.id);
  if (chosen !== null && isBetweenOutages(turn, chosen)) return desk.admits(admitOnward(desk.now(), turn, step.id));
  const hop = placesOf(plan).find((place) => place.turn.id === turn.id)?.hop;
  const admit = status.way === 'back' ? admitBack : admitForward;
  return desk.admits(admit(withoutOwnHolds(desk, step), turn, hop?.maxOutOfService ?? 1, step.id));
}

/** The hold that says that it is tried again by itself does not keep it from being tried again. */
function withoutOwnHolds(desk: Desk, step: Step): Situation {
  const situation = desk.now();
  const holds = situation.status.holds.filter((hold) => hold.subject !== step.id);
  return { ...situation, status: { ...situation.status, holds } };
}

function nobodyFor({ executor, title }: Step): string {
  const missing = executor.kind === 'role' ? `no linked ${executor.role}` : 'no linked peer';
  return `nobody is there to carry out ${title}: ${missing} is in service`;
}

/**
 * A pure rule: the instance itself; who has the role by its fresh facts; or of its linked peers in service the one with the preferred role,
 * then the lowest name. Another role only stands in when every peer is known not to have the preferred one: after a restart of the
 * controller, agents link one after the other.
 */
export function executorOf(situation: Situation, step: Step, turn: Turn): NodeView | null {
  const { executor } = step;
  if (executor.kind === 'instance') return nodeOf(situation, executor.instance);
  if (executor.kind === 'role') return situation.view.nodes.find((node) => serves(node) && node.facts?.role === executor.role) ?? null;
  const peers = situation.view.nodes.filter((node) => node.instance !== executor.of && node.instance !== turn.instance && serves(node));
  const preferred = peers.filter((node) => node.facts?.role === executor.preferRole);
  const others = situation.plan.nodes.filter(({ instance }) => instance !== executor.of && instance !== turn.instance);
  const allKnown = others.every(({ instance }) => serves(nodeOf(situation, instance)));
  if (preferred.length === 0 && executor.preferRole !== null && !allKnown) return null;
  const [first] = [...(preferred.length > 0 ? preferred : peers)].sort((a, b) => (a.instance < b.instance ? -1 : 1));
  return first ?? null;
}
