/**
 * PURE. What an event does to one attempt at a step of a turn: sent, ended, lost from sight, settled by a person. An attempt has one end, and
 * attempt n+1 comes only after attempt n ended or a person settled it (P3).
 */
import type { EventOf, SoakProgress } from '../../../common/events.ts';
import type { Incarnation } from '../../../common/facts.ts';
import type { Hold } from '../../../common/holds.ts';
import type { Receipt } from '../../../common/orders.ts';
import { findStep, type RunStatus, type StepStatus, sameIncarnation, stepIn, type TurnStatus, withTurn } from './run-status.ts';

/** Throws `IllegalEvent` where the condition is not met. */
export type Need = (condition: boolean, why: string) => void;

export function withDispatched(status: RunStatus, event: EventOf<'order-dispatched'>, need: Need): RunStatus {
  const turn = status.turns.find((each) => each.turn === event.turn);
  // Putting back what an effect tells is never too late, and a turn that has begun may have to bring its node up again (P19, P20).
  const restores = status.effects.some(({ scope, instance }) => scope === 'cluster' || instance === event.instance);
  need(status.aborting === null || restores || Object.keys(turn?.steps ?? {}).length > 0, 'no turn begins while aborting');
  // A proof that was given on the way there may be asked for again before another node is rolled back (P2).
  const again = turn?.way === 'forward' && turn.steps[event.step] !== undefined;
  need(turn !== undefined && (turn.way === status.way || restores || again), 'its turn is not the one that the run is in');
  const last = turn?.steps[event.step];
  const newest = findStep(status, event.step)?.status;
  need(event.attempt === (newest?.attempt ?? 0) + 1, `attempt ${(newest?.attempt ?? 0) + 1} would be next`);
  need(newest?.state !== 'dispatched' && newest?.state !== 'unknown', 'the attempt before has no end yet');
  const step: StepStatus = {
    attempt: event.attempt,
    instance: event.instance,
    state: 'dispatched',
    hold: null,
    outcome: null,
    effect: last?.effect ?? 'none',
    elapsedMs: 0,
    downtimeMs: null,
    parts: [],
    version: null,
    provenIn: null,
    ...(turn?.way === 'forward' && status.way === 'back' ? { onRollback: true } : {}),
    // What was cut short goes on from there, also when an attempt between came to nothing.
    ...(last?.token === undefined || last.outcome === 'done' ? {} : { token: last.token }),
  };
  return withTurn(status, event.turn, (each) => ({ ...each, steps: { ...each.steps, [event.step]: step } }));
}

export function withEnded(status: RunStatus, event: EventOf<'order-ended'>, need: Need): RunStatus {
  const open = stepIn(status, event);
  need(open?.attempt === event.attempt, 'this attempt is not the last one');
  need(open?.state === 'dispatched' || open?.state === 'unknown', 'this attempt has its end already');
  const { receipt, verdict } = event;
  return withTurn(status, event.turn, (turn) => {
    const incarnation = incarnationAfter(turn, event) ?? turn.incarnation;
    const step: StepStatus = {
      ...(open as StepStatus),
      state: verdict.ok ? 'done' : 'failed',
      hold: verdict.ok ? null : verdict.hold,
      outcome: receipt.outcome,
      effect: effectOf(receipt) ?? open?.effect ?? 'none',
      elapsedMs: receipt.elapsedMs,
      downtimeMs: receipt.downtimeMs,
      parts: receipt.parts,
      version: receipt.facts?.version.running ?? null,
      provenIn: incarnation,
      ...(receipt.token === undefined ? {} : { token: receipt.token }),
    };
    return { ...turn, incarnation, steps: { ...turn.steps, [event.step]: step } };
  });
}

/** null: this attempt changed nothing, because it was refused, or the database lived through it. */
function effectOf(receipt: Receipt): StepStatus['effect'] | null {
  if (receipt.reverted) return 'reverted';
  if (receipt.outcome === 'refused') return null;
  return receipt.outcome !== 'done' && sameIncarnation(receipt.before, receipt.after) ? null : 'made';
}

/** A receipt has the incarnation of the turn's node only when that node itself made it. */
function incarnationAfter(turn: TurnStatus, event: EventOf<'order-ended'>): Incarnation | null {
  const { receipt } = event;
  if (turn.instance === undefined || turn.steps[event.step]?.instance !== turn.instance) return null;
  return receipt.after ?? receipt.facts?.incarnation ?? null;
}

export function withUnknown(status: RunStatus, event: EventOf<'order-unknown'>, need: Need): RunStatus {
  const open = stepIn(status, event);
  need(open?.state === 'dispatched' && open.attempt === event.attempt, 'this attempt is not open');
  return withStep(status, event, (step) => ({ ...step, state: 'unknown', hold: unknownHold(event) }));
}

export function withResolved(status: RunStatus, event: EventOf<'step-resolved'>, need: Need): RunStatus {
  const step = stepIn(status, event);
  need(step?.attempt === event.attempt, 'this attempt is not the last one');
  if (event.as === 'retry') need(step?.state === 'failed', 'only an attempt that failed is tried again');
  else need(step?.state !== 'done' && step?.state !== 'retry', 'this attempt has a good end, or is to be tried again');
  const byPerson = { outcome: null, effect: 'made' as const };
  return withStep(status, event, (last) => {
    switch (event.as) {
      case 'retry':
        return { ...last, state: 'retry', hold: null };
      case 'done':
        return { ...last, ...byPerson, state: 'done', hold: null };
      case 'failed':
        return { ...last, ...byPerson, state: 'failed', hold: resolvedHold(event) };
    }
  });
}

function unknownHold(event: EventOf<'order-unknown'>): Hold {
  return {
    kind: 'order-unknown',
    subject: event.step,
    detail: event.reason,
    releasedBy: 'person',
    until: 'look at the host, then record what the order resulted in',
    commands: [],
  };
}

function resolvedHold(event: EventOf<'step-resolved'>): Hold {
  return {
    kind: 'order-failed',
    subject: event.step,
    detail: `${event.actor} said that it failed${event.reason === '' ? '' : `: ${event.reason}`}`,
    releasedBy: 'person',
    until: 'retry or resolve the step, or end the run',
    commands: [],
  };
}

function withStep(
  status: RunStatus,
  at: { readonly turn: string; readonly step: string },
  change: (step: StepStatus) => StepStatus,
): RunStatus {
  return withTurn(status, at.turn, (turn) => {
    const step = turn.steps[at.step];
    return step === undefined ? turn : { ...turn, steps: { ...turn.steps, [at.step]: change(step) } };
  });
}

// What an event does to a step that is no order: begun, confirmed by a person, watched, settled by the controller.

export const freshSoak: SoakProgress = { state: 'steady', soakedMs: 0, stretchMs: 0, why: null };

export function withBegun(status: RunStatus, event: EventOf<'step-begun'>, need: Need): RunStatus {
  const turn = status.turns.find((each) => each.turn === event.turn);
  need(turn !== undefined && turn.way === status.way, 'its turn is not the one that the run is in');
  need(status.aborting === null, 'it is aborting');
  const last = turn?.steps[event.step];
  const next = (findStep(status, event.step)?.status.attempt ?? 0) + 1;
  need(event.attempt === next, `attempt ${next} would be next`);
  need(last === undefined || last.state === 'retry' || last.state === 'failed', 'the attempt before has not ended badly');
  const step: StepStatus = {
    attempt: event.attempt,
    instance: '',
    state: 'waiting',
    hold: null,
    outcome: null,
    effect: 'none',
    elapsedMs: 0,
    downtimeMs: null,
    parts: [],
    version: null,
    provenIn: null,
  };
  return withTurn(status, event.turn, (each) => ({ ...each, steps: { ...each.steps, [event.step]: step } }));
}

export function withConfirmed(status: RunStatus, event: EventOf<'step-confirmed'>, need: Need): RunStatus {
  need(event.digest === status.digest, `the plan's digest is ${status.digest}`);
  needWaiting(status, event, need);
  const confirmed = { actor: event.actor, reason: event.reason };
  return withStep(status, event, (step) => ({ ...step, state: 'done', outcome: 'done', hold: null, confirmed }));
}

export function withConsentExpired(status: RunStatus, event: EventOf<'consent-expired'>, need: Need): RunStatus {
  const step = stepIn(status, event);
  need(step?.state === 'done' || step?.state === 'waiting', 'it was not agreed to, or asked for it');
  need(step?.attempt === event.attempt, 'this attempt is not the last one');
  return withStep(status, event, (last) => ({ ...last, state: 'retry', outcome: null, hold: null }));
}

export function withObserved(status: RunStatus, event: EventOf<'step-observed'>, need: Need): RunStatus {
  needWaiting(status, event, need);
  const { soak, hold } = event;
  return withStep(status, event, (step) => ({ ...step, soak, hold }));
}

export function withSettled(status: RunStatus, event: EventOf<'step-settled'>, need: Need): RunStatus {
  needWaiting(status, event, need);
  const { verdict } = event;
  return withStep(status, event, (step) =>
    verdict.ok
      ? { ...step, state: 'done', outcome: 'done', hold: null }
      : { ...step, state: 'failed', outcome: 'failed', hold: verdict.hold },
  );
}

export function withExcused(status: RunStatus, event: EventOf<'step-excused'>, need: Need): RunStatus {
  const step = stepIn(status, event);
  need(step?.state === 'failed' && step.attempt === event.attempt, 'this attempt has not failed');
  return withStep(status, event, (last) => ({ ...last, state: 'excused', hold: null }));
}

interface StepRef {
  readonly turn: string;
  readonly step: string;
  readonly attempt: number;
}

function needWaiting(status: RunStatus, event: StepRef, need: Need): void {
  const step = stepIn(status, event);
  need(step?.attempt === event.attempt, 'this attempt is not the last one');
  need(step?.state === 'waiting', 'it does not wait');
}
