/**
 * PURE. May this turn, or this disruptive order, begin now? Asked before a turn and again directly before its outage. Every answer that is
 * not yes has a reason that a person reads, and is stored.
 */
import type { Turn } from '../../common/plan.ts';
import { chosenDisruptive, isBetweenOutages, owedProof, provedByOthers, turnStatusOf, undoDisrupts, undoOf } from './progress.ts';
import { nodeOf, outOfService, type Situation, serves } from './situation.ts';

export interface Admission {
  /** Turn or step that was asked about. */
  readonly subject: string;
  readonly verdict: 'allow' | 'wait';
  readonly reason: string;
}

/** For turns that take nothing out of service, there or back. */
export function admitHarmless(situation: Situation, turn: Turn): Admission {
  const { status } = situation;
  const reason = brakes(situation) ?? linkReason(situation, turn) ?? spaceReason(situation, turn);
  return answer(turn.id, reason ?? (status.way === 'back' ? null : holdReason(situation)));
}

/** For a node's way forward. `subject`: the turn, or the step of its outage. */
export function admitForward(situation: Situation, turn: Turn, maxOutOfService: number, subject: string = turn.id): Admission {
  const reason =
    brakes(situation) ??
    linkReason(situation, turn) ??
    holdReason(situation) ??
    budgetReason(situation, turn, maxOutOfService) ??
    proofReason(situation, turn) ??
    hostReason(situation, turn);
  return answer(subject, reason);
}

/**
 * For a later change of a turn whose node is out already: bringing it up again only helps, so no brake, hold or budget keeps it down (P20).
 * One disruptive order per host all the same.
 */
export function admitOnward(situation: Situation, turn: Turn, subject: string): Admission {
  return answer(subject, freshReason(situation) ?? linkReason(situation, turn) ?? hostReason(situation, turn));
}

/** Taking a node back: a node that is out already takes nothing more out, and waits for no proofs. Its own holds do not keep it there. */
export function admitBack(situation: Situation, turn: Turn, maxOutOfService: number, subject: string = turn.id): Admission {
  const reason =
    brakes(situation) ??
    linkReason(situation, turn) ??
    (serves(nodeOf(situation, turn.instance ?? ''))
      ? (budgetReason(situation, turn, maxOutOfService) ?? proofReason(situation, turn))
      : null) ??
    hostReason(situation, turn);
  return answer(subject, reason);
}

/**
 * For an outage that was ordered before and is not known to have begun: it goes out again only if it might be ordered now. Pausing and
 * aborting do not keep it: an order that is open must come to its end.
 */
export function admitAgain(situation: Situation, turn: Turn, maxOutOfService: number, subject: string): Admission {
  const chosen = turnStatusOf(situation.status, turn.id);
  if (chosen !== null && isBetweenOutages(turn, chosen)) return admitOnward(situation, turn, subject);
  const isBack = situation.status.way === 'back';
  const isOut = isBack && !serves(nodeOf(situation, turn.instance ?? ''));
  const reason =
    freshReason(situation) ??
    linkReason(situation, turn) ??
    (isOut ? null : (budgetReason(situation, turn, maxOutOfService) ?? proofReason(situation, turn)));
  return answer(subject, reason);
}

const answer = (subject: string, reason: string | null): Admission => ({
  subject,
  verdict: reason === null ? 'allow' : 'wait',
  reason: reason ?? 'nothing speaks against it',
});

function brakes(situation: Situation): string | null {
  const { status } = situation;
  if (status.state !== 'active') return `the run is ${status.state}`;
  if (status.aborting !== null) return 'the run is aborting';
  if (status.paused !== null) return `paused by ${status.paused.actor}${status.paused.reason === '' ? '' : `: ${status.paused.reason}`}`;
  return freshReason(situation);
}

function freshReason({ fresh }: Situation): string | null {
  return fresh ? null : 'the nodes were not looked at after the last receipt';
}

function linkReason(situation: Situation, turn: Turn): string | null {
  if (turn.instance === null) return null;
  const node = nodeOf(situation, turn.instance);
  return node?.linked === true ? null : `the agent of ${turn.instance} has no link`;
}

function holdReason({ status }: Situation): string | null {
  const [hold] = status.holds;
  return hold === undefined ? null : `held by ${hold.kind} ${hold.subject}`;
}

function budgetReason(situation: Situation, turn: Turn, maxOutOfService: number): string | null {
  const others = outOfService(situation).filter((instance) => instance !== turn.instance);
  if (others.length + 1 <= maxOutOfService) return null;
  return `${others.join(', ')} not in service or unknown; with ${turn.instance} more than ${maxOutOfService} would be out`;
}

/** P2: whoever had a turn before must still be in the life that its gates proved, there and on the way back. */
function proofReason(situation: Situation, turn: Turn): string | null {
  const chosen = turnStatusOf(situation.status, turn.id);
  if (situation.status.way === 'back' && chosen !== null && !undoDisrupts(turn, chosen)) return null;
  const [first] = unproven(situation, turn);
  return first === undefined ? null : `${first.turn.instance} is not proven healthy since its outage`;
}

/** Turns other than this one whose node owes a proof of its health, in the order in which they were chosen. */
export function unproven({ plan, status, view }: Situation, turn: Turn): ReturnType<typeof chosenDisruptive> {
  return chosenDisruptive(plan, status).filter(({ turn: other, chosen }) => {
    if (other.id === turn.id || provedByOthers(plan, status, other)) return false;
    // On the way back who was not touched owes nothing.
    if (status.way === 'back' && undoOf(other, chosen) === 'none') return false;
    const life = nodeOf({ view }, other.instance ?? '')?.facts?.incarnation ?? null;
    return owedProof(other, chosen, life).kind !== 'complete';
  });
}

function hostReason(situation: Situation, turn: Turn): string | null {
  const host = situation.plan.nodes.find((node) => node.instance === turn.instance)?.host ?? '';
  const other = situation.busyHosts.get(host);
  return other === undefined ? null : `${other} has a disruptive order on ${host}`;
}

function spaceReason(situation: Situation, turn: Turn): string | null {
  if (turn.need === null || turn.need.bytes === 0 || turn.instance === null) return null;
  const space = nodeOf(situation, turn.instance)?.facts?.space;
  if (space === undefined) return null;
  const { freeBytes } = takesSnapshot(turn) ? (space.snapshots ?? space.data) : space.releases;
  return freeBytes >= turn.need.bytes ? null : `${turn.instance} has ${freeBytes} bytes free, ${turn.need.bytes} are needed`;
}

const takesSnapshot = ({ variants }: Turn): boolean => variants.some(({ steps }) => steps.some(({ body }) => body.kind === 'snapshot'));
