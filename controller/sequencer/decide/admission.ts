/**
 * PURE. May this turn, or this disruptive order, begin now? Asked before a turn and again directly before its downtime. Every answer that is
 * not yes has a reason that a person reads, and is stored.
 */
import type { PlanNode, Turn } from '../../../common/plan.ts';
import { type ChosenPlace, isWaved, runIndex } from '../run/run-index.ts';
import { isBetweenDowntimes, owedProof, undoDisrupts, undoOf } from '../run/turn-progress.ts';
import { type DecisionInput, down, nodeOf, serves } from './decision-input.ts';

export interface Admission {
  /** Turn or step that was asked about. */
  readonly subject: string;
  readonly verdict: 'allow' | 'wait';
  readonly reason: string;
}

/** For turns that take nothing down, there or back. */
export function admitHarmless(input: DecisionInput, turn: Turn): Admission {
  const { status } = input;
  const reason = brakes(input) ?? linkReason(input, turn) ?? spaceReason(input, turn);
  return answer(turn.id, reason ?? (status.way === 'back' ? null : holdReason(input)));
}

/** For a node's way forward. `subject`: the turn, or the step of its downtime. */
export function admitForward(input: DecisionInput, turn: Turn, maxDown: number, subject: string = turn.id): Admission {
  const reason =
    brakes(input) ??
    linkReason(input, turn) ??
    holdReason(input) ??
    budgetReason(input, turn, maxDown) ??
    healthReason(input, turn) ??
    hostReason(input, turn);
  return answer(subject, reason);
}

/**
 * For a later change of a turn whose node is out already: bringing it up again only helps, so no brake, hold or budget keeps it down (P20).
 * One disruptive order per host all the same.
 */
export function admitOnward(input: DecisionInput, turn: Turn, subject: string): Admission {
  return answer(subject, freshReason(input) ?? linkReason(input, turn) ?? hostReason(input, turn));
}

/** For a node of a wave, there and back: the plan takes them down together, so no budget speaks against it. */
export function admitWave(input: DecisionInput, turn: Turn, subject: string = turn.id): Admission {
  const holds = input.status.way === 'back' ? null : holdReason(input);
  return answer(subject, brakes(input) ?? linkReason(input, turn) ?? holds ?? hostReason(input, turn));
}

/** Rolling a node back: a node that is down already takes nothing more out, and waits for no proofs. Its own holds do not keep it there. */
export function admitBack(input: DecisionInput, turn: Turn, maxDown: number, subject: string = turn.id): Admission {
  const reason =
    brakes(input) ??
    linkReason(input, turn) ??
    (serves(nodeOf(input, turn.instance ?? '')) ? (budgetReason(input, turn, maxDown) ?? healthReason(input, turn)) : null) ??
    hostReason(input, turn);
  return answer(subject, reason);
}

/**
 * For a downtime that was ordered before and is not known to have begun: it goes out again only if it might be ordered now. Pausing and
 * aborting do not keep it: an order that is open must come to its end.
 */
export function admitAgain(input: DecisionInput, turn: Turn, maxDown: number, subject: string): Admission {
  const chosen = runIndex(input.plan, input.status).chosen(turn.id);
  const place = runIndex(input.plan, input.status).place(turn.id);
  if (chosen !== null && isBetweenDowntimes(turn, chosen)) return admitOnward(input, turn, subject);
  if (place !== null && isWaved(place)) return admitOnward(input, turn, subject);
  const isBack = input.status.way === 'back';
  const isOut = isBack && !serves(nodeOf(input, turn.instance ?? ''));
  const reason =
    freshReason(input) ?? linkReason(input, turn) ?? (isOut ? null : (budgetReason(input, turn, maxDown) ?? healthReason(input, turn)));
  return answer(subject, reason);
}

const answer = (subject: string, reason: string | null): Admission => ({
  subject,
  verdict: reason === null ? 'allow' : 'wait',
  reason: reason ?? 'nothing speaks against it',
});

function brakes(input: DecisionInput): string | null {
  const { status } = input;
  if (status.state !== 'active') return `the run is ${status.state}`;
  if (status.aborting !== null) return 'the run is aborting';
  if (status.paused !== null) return `paused by ${status.paused.actor}${status.paused.reason === '' ? '' : `: ${status.paused.reason}`}`;
  return freshReason(input);
}

function freshReason({ fresh }: DecisionInput): string | null {
  return fresh ? null : 'the nodes were not probed after the last receipt';
}

function linkReason(input: DecisionInput, turn: Turn): string | null {
  if (turn.instance === null) return null;
  const node = nodeOf(input, turn.instance);
  return node?.connected === true ? null : `the agent of ${turn.instance} is disconnected`;
}

function holdReason({ status }: DecisionInput): string | null {
  const [hold] = status.holds;
  return hold === undefined ? null : `held by ${hold.kind} ${hold.subject}`;
}

function budgetReason(input: DecisionInput, turn: Turn, maxDown: number): string | null {
  const own = nodeIn(input, turn.instance);
  const others = down(input).filter((instance) => instance !== turn.instance && countsWith(own, nodeIn(input, instance)));
  if (others.length + 1 <= maxDown) return null;
  return `${others.join(', ')} not in service or unknown; with ${turn.instance} more than ${maxDown} would be out`;
}

const nodeIn = ({ plan }: DecisionInput, instance: string | null): PlanNode | undefined =>
  plan.nodes.find((node) => node.instance === instance);

/** Of the same quorum group, and such that its absence matters (P1). */
const countsWith = (own: PlanNode | undefined, other: PlanNode | undefined): boolean =>
  other?.critical !== false && own?.group === other?.group;

/** P2: a node that had a turn before must still be in the incarnation that its health checks proved, there and during the rollback. */
function healthReason(input: DecisionInput, turn: Turn): string | null {
  const chosen = runIndex(input.plan, input.status).chosen(turn.id);
  if (input.status.way === 'back' && chosen !== null && !undoDisrupts(turn, chosen)) return null;
  const [first] = unproven(input, turn);
  return first === undefined ? null : `${first.turn.instance} has not been seen healthy since its downtime`;
}

/** Turns other than this one whose node owes a proof of its health, in the order in which they were chosen. */
export function unproven({ plan, status, view }: DecisionInput, turn: Turn): readonly ChosenPlace[] {
  const index = runIndex(plan, status);
  return index.chosenDisruptive.filter(({ turn: other, chosen }) => {
    if (other.id === turn.id || index.provedByOthers(other)) return false;
    // During the rollback who was not touched owes nothing.
    if (status.way === 'back' && undoOf(other, chosen) === 'none') return false;
    const incarnation = nodeOf({ view }, other.instance ?? '')?.facts?.incarnation ?? null;
    return owedProof(other, chosen, incarnation).kind !== 'complete';
  });
}

function hostReason(input: DecisionInput, turn: Turn): string | null {
  const host = input.plan.nodes.find((node) => node.instance === turn.instance)?.host ?? '';
  return input.busyHosts.get(host) ?? null;
}

function spaceReason(input: DecisionInput, turn: Turn): string | null {
  if (turn.need === null || turn.need.bytes === 0 || turn.instance === null) return null;
  const space = nodeOf(input, turn.instance)?.facts?.space;
  if (space === undefined) return null;
  const { freeBytes } = takesSnapshot(turn) ? (space.snapshots ?? space.data) : space.releases;
  return freeBytes >= turn.need.bytes ? null : `${turn.instance} has ${freeBytes} bytes free, ${turn.need.bytes} are needed`;
}

const takesSnapshot = ({ variants }: Turn): boolean => variants.some(({ steps }) => steps.some(({ body }) => body.kind === 'snapshot'));
